import type { Catalog } from '../core/catalog.ts';
import type { Config, SecretEntry } from '../core/config.ts';
import { type Flow, isOfFlow, type Step } from '../core/step.ts';
import { steps } from '../core/steps/index.ts';

/** These see many types of secret and no value of any; all other steps are deployed once for each type. */
const SHARED: ReadonlySet<string> = new Set(['intake', 'begin', 'approval', 'finish', 'notify', 'fleet']);

export const sharedSteps: readonly Step[] = steps.filter(({ name }) => SHARED.has(name));
const typeSteps = steps.filter(({ name }) => !SHARED.has(name));

/** What is deployed for one environment: its secrets, and for each type in use those of the type. */
export interface Estate {
  readonly environment: string;
  /** Of this environment alone: what another one's secrets are called, its functions do not know. */
  readonly config: Config;
  readonly catalog: Catalog;
  readonly types: readonly TypeInUse[];
}

export interface TypeInUse {
  readonly name: string;
  /** The flow's file in state-machines/. */
  readonly flow: Flow;
  /** Those of its flow that work on values. */
  readonly steps: readonly Step[];
  readonly secrets: readonly SecretEntry[];
}

/** One estate per environment that has a secret with a rotation of its own. */
export function estatesOf(config: Config, catalog: Catalog): Estate[] {
  return Object.keys(config.environments)
    .map((environment) => estateOf(environment, config, catalog))
    .filter(({ types }) => types.length > 0);
}

function estateOf(environment: string, config: Config, catalog: Catalog): Estate {
  const secrets = [...config.secrets].filter(([, entry]) => entry.environment === environment);
  const entries = secrets.map(([, entry]) => entry);
  const inUse = new Set(entries.map(({ type }) => type));
  return {
    environment,
    config: { ...config, secrets: new Map(secrets) },
    catalog,
    types: catalog.secretTypes
      .filter(({ name }) => inUse.has(name))
      .map(({ name, flow }) => ({
        name,
        flow,
        steps: typeSteps.filter((step) => isOfFlow(step, flow)),
        secrets: entries.filter(({ type }) => type === name),
      })),
  };
}

/** The secrets of the estate that have a rotation. */
export const rotatedSecrets = ({ types }: Estate): SecretEntry[] => types.flatMap(({ secrets }) => [...secrets]);
