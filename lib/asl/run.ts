import type { Cancellation } from './cancellation.ts';
import type { Clock } from './clock.ts';
import type { Data } from './data.ts';
import type { Ids } from './environment.ts';
import type { Execution } from './execution.ts';
import type { Json } from './json.ts';
import type { Recorder } from './recorder.ts';
import type { TaskHandler } from './tasks.ts';
import type { Tokens } from './tokens.ts';

/** What the engine lends to every execution. */
export interface Host {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly tasks: TaskHandler;
  /** The id of another request to a service. */
  readonly requestId: () => string;
  readonly tokens: Tokens;
  readonly region: string;
  /** Resolves when all that was recorded is durable. */
  sync(): Promise<void> | undefined;
  /** Is told of an execution that has ended. */
  ended(execution: Execution): void;
  /** Starts another machine; throws an EngineError when that is refused. */
  startChild(machineArn: string, name: string, input: Json): Child;
  /** An execution that was started so. */
  childOf(executionArn: string): Child | undefined;
}

/** An execution that another one started. */
export interface Child {
  readonly arn: string;
  readonly startedAt: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<ChildEnd>;
  stop(): void;
}

export interface ChildEnd {
  readonly status: string;
  /** In the shape of `DescribeExecution`, without input and output. */
  readonly description: Readonly<Record<string, Json>>;
  readonly input: Data;
  readonly output: Data | undefined;
}

/** One execution, as its states see it. */
export interface Run {
  readonly execution: string;
  readonly host: Host;
  readonly recorder: Recorder;
  readonly cancellation: Cancellation;
  /** `$states.context.Execution` and `.StateMachine`. */
  readonly context: { readonly Execution: Json; readonly StateMachine: Json };
  /** Shows a state as waiting for a token or for time, until the answer is called. */
  park(state: Parked): () => void;
}

/** A state that waits for a token or for time. */
export interface Parked {
  readonly state: string;
  readonly path: string;
}
