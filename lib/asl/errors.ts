/** A failure in the sense of the States Language: what `Retry` and `Catch` look at. */
export class StateFailure extends Error {
  override readonly name = 'StateFailure';
  /** Error name, e.g. `States.Timeout`; absent when a Fail state gives none. */
  readonly error: string | undefined;
  /** Human text; for a function's own error the JSON that Lambda makes. */
  override readonly cause: string | undefined;
  /** Further names under which a Retry or Catch may match it. */
  readonly aliases: readonly string[];
  /** Whether `States.ALL` passes it by. */
  readonly terminal: boolean;

  constructor(error: string | undefined, cause?: string, { aliases = [], terminal = false }: FailureOptions = {}) {
    super(`${error ?? 'failure'}: ${cause ?? 'no cause given'}`);
    this.error = error;
    this.cause = cause;
    this.aliases = aliases;
    this.terminal = terminal;
  }
}

/** The cause of `States.DataLimitExceeded`, as AWS gives it. */
export const tooLarge = (what: string): string =>
  `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`;

interface FailureOptions {
  readonly aliases?: readonly string[];
  readonly terminal?: boolean;
}

/** Thrown through the states of an execution or branch that was stopped; never reported. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** One reason why a definition is refused: the linter's findings, and what makes linting impossible. */
export interface Refusal {
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly field?: string;
  readonly message: string;
  readonly remedy: string;
}

/** A definition that AWS or this interpreter refuses; `findings` names each reason and its place. */
export class MachineRefused extends Error {
  override readonly name = 'MachineRefused';
  readonly findings: readonly Refusal[];

  constructor(machine: string, findings: readonly Refusal[]) {
    const lines = findings.map((it) => `  ${[it.path, it.field].filter(Boolean).join('.')}: ${it.rule}: ${it.message}`);
    super(`state machine ${machine} is refused:\n${lines.join('\n')}`);
    this.findings = findings;
  }
}

/** What an engine call is refused with; `name` is the name that the AWS API uses. */
export class EngineError extends Error {
  override readonly name: EngineErrorName;

  constructor(name: EngineErrorName, message: string) {
    super(message);
    this.name = name;
  }
}

export type EngineErrorName =
  | 'ExecutionAlreadyExists'
  | 'ExecutionDoesNotExist'
  | 'InvalidExecutionInput'
  | 'InvalidName'
  | 'InvalidOutput'
  | 'StateMachineDoesNotExist'
  | 'TaskDoesNotExist'
  | 'TaskTimedOut';
