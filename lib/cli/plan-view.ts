import { ageFor } from '../core/age-for.ts';
import { type Config, EXTERNAL, type SecretEntry } from '../core/config.ts';
import type { Age } from '../core/due.ts';
import { isRotationError } from '../core/errors.ts';
import { digestOf, makePlan, type Plan } from '../core/plan.ts';
import type { Preparation } from '../core/ports.ts';
import { findReferences } from '../core/references.ts';
import { refOf } from '../core/run.ts';
import type { StepDeps } from '../core/step.ts';

/** What could not be found out, and why. */
interface Unknown {
  readonly unknown: string;
}

/** Everything that a person wants to know before a rotation. */
export interface PlanView {
  readonly secret: string;
  readonly owner: string;
  readonly age: Age | Unknown;
  readonly plan: Plan;
  readonly digest: string;
  /** What the target lacks; the first rotation does it where the admin credential may. */
  readonly preparation: Preparation | Unknown;
  readonly radius: Radius;
}

/** What else feels a rotation. */
interface Radius {
  readonly consumers: number;
  /** Consumers without a proof of their own. */
  readonly waived: readonly string[];
  /** Secrets that are read through this one. */
  readonly usedBy: readonly string[];
  /** Secrets in other fields of the same place in the backend. */
  readonly samePath: readonly string[];
}

/** Looks at everything and changes nothing; what cannot be reached is shown as unknown. @throws PolicyRefused */
export async function planView(entry: SecretEntry, requester: string, deps: StepDeps): Promise<PlanView> {
  const asked = { requester, mode: 'normal' as const, cause: { kind: 'manual' as const, id: '' } };
  const plan = makePlan(entry, asked, deps.config, deps.catalog);
  const [age, preparation] = await Promise.all([
    attempt(() => ageFor(entry, deps)),
    attempt(() => preparationFor(entry, deps)),
  ]);
  const radius = radiusOf(entry, deps.config);
  return { secret: entry.id, owner: entry.owner, age, plan, digest: digestOf(plan), preparation, radius };
}

async function attempt<Found>(look: () => Promise<Found>): Promise<Found | Unknown> {
  try {
    return await look();
  } catch (error) {
    if (!isRotationError(error)) throw error;
    return { unknown: error.message };
  }
}

async function preparationFor(entry: SecretEntry, deps: StepDeps): Promise<Preparation> {
  const [backend, target] = await Promise.all([deps.open.backend(entry), deps.open.secretType(entry)]);
  return target.prepare(await backend.read(refOf(entry), 'current'));
}

function radiusOf(entry: SecretEntry, config: Config): Radius {
  const others = [...config.secrets.values()].filter(({ id }) => id !== entry.id);
  return {
    consumers: entry.consumers.length,
    waived: entry.consumers.filter(({ waived }) => waived !== undefined).map(({ name }) => name),
    usedBy: others
      .filter((other) => findReferences(other).some(({ secret }) => secret === entry.id))
      .map(({ id }) => id),
    samePath: others
      .filter(({ backend, path }) => backend === entry.backend && path === entry.path)
      .map(({ id }) => id),
  };
}

/** Whether a type has a rotation of its own. */
export const hasFlow = ({ type }: SecretEntry): boolean => type !== EXTERNAL;
