import type { z } from 'zod';
import type { Catalog } from './catalog.ts';
import type { Config, PluginEntry, SecretEntry } from './config.ts';
import { RotationError } from './errors.ts';
import type { Ledger } from './ledger.ts';
import type { NotifierClient } from './notices.ts';
import type {
  BackendClient,
  Clock,
  Log,
  PropagatorClient,
  RestarterClient,
  SecretTypeClient,
  SecretTypePlugin,
  VerifierClient,
} from './ports.ts';

/** Opens the plugins that an entry names. A client lives for one step. */
export interface Opener {
  secretType(entry: SecretEntry): Promise<SecretTypeClient>;
  backend(entry: SecretEntry): Promise<BackendClient>;
  propagator(plugin: PluginEntry): Promise<PropagatorClient>;
  restarter(plugin: PluginEntry): Promise<RestarterClient>;
  verifier(plugin: PluginEntry): Promise<VerifierClient>;
  notifier(plugin: PluginEntry): Promise<NotifierClient>;
}

/** Answers a state that waits for a person. */
export interface Callbacks {
  succeed(token: string, output: Readonly<Record<string, string>>): Promise<void>;
}

/** Everything a step may touch; its host gives it, anew for each call. */
export interface StepDeps {
  /** Read again at each call: consumers may have been registered since. */
  readonly config: Config;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly open: Opener;
  readonly callbacks: Callbacks;
}

/** The kinds of plugin; a step declares which it opens, and its role on AWS gets the permissions of those and no others. */
export type PluginKind = keyof Opener;

export type Flow = SecretTypePlugin['flow'];

/** The machines that start others: the front door, and the one that runs many rotations. */
type StarterName = 'intake' | 'fleet';
const STARTERS: ReadonlySet<MachineName> = new Set<StarterName>(['intake', 'fleet']);

/** Every machine in state-machines/: the flows of a rotation, and those that start them. */
export type MachineName = Flow | StarterName;

/** A step as a host calls it: what comes in and what goes out is parsed, so that only references ever flow. */
export interface Step {
  /** = placeholder in the flows = file in lambdas/ = id of the function. */
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly opens: readonly PluginKind[];
  /** The machines that have it; all flows of a rotation when absent. */
  readonly flows?: readonly MachineName[];
  /** @throws RotationError */
  run(deps: StepDeps, payload: unknown): Promise<unknown>;
}

interface StepSpec<Input extends z.ZodType, Output extends z.ZodType> {
  readonly name: string;
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  readonly opens: readonly PluginKind[];
  readonly flows?: readonly MachineName[];
  run(deps: StepDeps, input: z.output<Input>): Promise<z.input<Output>>;
}

export const isOfFlow = ({ flows }: Step, machine: MachineName): boolean =>
  flows?.includes(machine) ?? !STARTERS.has(machine);

/** One step, one file. */
export function defineStep<Input extends z.ZodType, Output extends z.ZodType>(spec: StepSpec<Input, Output>): Step {
  return {
    ...spec,
    run: async (deps, payload) => {
      const input = spec.input.safeParse(payload);
      if (!input.success)
        throw new RotationError('InputInvalid', { subject: `step ${spec.name}`, detail: issuesText(input.error) });
      return spec.output.parse(await spec.run(deps, input.data));
    },
  };
}

function issuesText(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`).join('; ');
}
