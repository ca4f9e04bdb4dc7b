import { Cancellation } from './cancellation.ts';
import type { Data } from './data.ts';
import { Cancelled, StateFailure } from './errors.ts';
import { type EventDetails, type EventType, type HistoryEvent, NOT_TRUNCATED, toHistoryEvent } from './history.ts';
import type { Json } from './json.ts';
import type { Machine } from './machine.ts';
import { maskTokens } from './mask.ts';
import type { Recorder } from './recorder.ts';
import type { Host, Parked, Run } from './run.ts';
import { runBranch } from './runner.ts';
import { Thread } from './thread.ts';

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What an execution is made of. */
export interface ExecutionParts {
  /** Unique in its engine and journal. */
  readonly key: string;
  readonly name: string;
  readonly arn: string;
  readonly machine: Machine;
  readonly machineArn: string;
  readonly roleArn: string;
  readonly input: Data;
  readonly host: Host;
  readonly recorder: Recorder;
}

/** How an execution ended. */
export interface End {
  readonly status: Exclude<Status, 'RUNNING'>;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly output?: Data | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** One run of a state machine. */
export class Execution implements Run {
  readonly key: string;
  readonly name: string;
  readonly arn: string;
  readonly machine: Machine;
  readonly machineArn: string;
  readonly host: Host;
  readonly recorder: Recorder;
  readonly cancellation = new Cancellation();
  readonly #roleArn: string;
  readonly inputData: Data;
  /** Resolves, and never rejects, when the execution has ended and its end is durable. */
  readonly done: Promise<Execution>;
  readonly #thread: Thread;
  readonly #parked = new Set<Parked>();
  #resolve: ((execution: Execution) => void) | undefined;
  #cancelTimeout: (() => void) | undefined;
  #ending = false;
  #end: End | undefined;

  constructor({ key, name, arn, machine, machineArn, roleArn, input, host, recorder }: ExecutionParts) {
    this.key = key;
    this.name = name;
    this.arn = arn;
    this.machine = machine;
    this.machineArn = machineArn;
    this.host = host;
    this.recorder = recorder;
    this.inputData = input;
    this.#roleArn = roleArn;
    this.#thread = new Thread('', 0, this.cancellation);
    this.done = new Promise((resolve) => (this.#resolve = resolve));
  }

  get execution(): string {
    return this.name;
  }

  /** Milliseconds since 1970. */
  get startedAt(): number {
    return this.recorder.events[0]?.at ?? this.recorder.at;
  }

  get context(): Run['context'] {
    const StartTime = new Date(this.startedAt).toISOString();
    return {
      Execution: {
        Id: this.arn,
        Input: this.input,
        StartTime,
        Name: this.name,
        RoleArn: this.#roleArn,
        RedriveCount: 0,
      },
      StateMachine: { Id: this.machineArn, Name: this.machine.name },
    };
  }

  get status(): Status {
    return this.#end?.status ?? 'RUNNING';
  }

  get end(): End | undefined {
    return this.#end;
  }

  get input(): Json {
    return this.inputData.json;
  }

  get output(): Json | undefined {
    return this.#end?.output?.json;
  }

  get error(): string | undefined {
    return this.#end?.error;
  }

  get cause(): string | undefined {
    return this.#end?.cause;
  }

  /** Every event so far, as `GetExecutionHistory` shows it; task tokens, being credentials, are masked. */
  get history(): HistoryEvent[] {
    return this.recorder.events.map((event) => maskTokens(toHistoryEvent(event)));
  }

  /** The names of the states that wait for a token or for time. */
  get parked(): string[] {
    return [...this.#parked].map(({ state }) => state);
  }

  park(state: Parked): () => void {
    this.#parked.add(state);
    return () => void this.#parked.delete(state);
  }

  /** Runs the machine, or goes on with it. */
  begin(): void {
    const details = { input: this.inputData, inputDetails: NOT_TRUNCATED, roleArn: this.#roleArn };
    this.recorder.record('', 'ExecutionStarted', 0, details);
    const { timeoutSeconds } = this.machine;
    if (timeoutSeconds !== undefined) {
      const due = this.startedAt + timeoutSeconds * 1000;
      this.#cancelTimeout = this.host.clock.schedule(due, () => this.#timeOut());
    }
    runBranch(this, this.machine, this.#thread, this.inputData).then(
      (output) => this.#succeed(output),
      (error) => this.#fail(error),
    );
  }

  /** Takes over how the execution ended before the process did. */
  closeAs(end: End): void {
    this.#ending = true;
    this.recorder.seal();
    this.#end = end;
    this.host.ended(this);
    this.#resolve?.(this);
  }

  /** Ends it as ABORTED. */
  stop(error: string | undefined, cause: string | undefined): void {
    this.#close('ExecutionAborted', 0, { cause, error }, { status: 'ABORTED', error, cause });
  }

  /** Leaves it where it is; it goes on when the journal is recovered. */
  halt(): void {
    this.#ending = true;
    this.recorder.seal();
    this.#release();
  }

  #succeed(output: Data): void {
    const details = { output, outputDetails: NOT_TRUNCATED };
    this.#close('ExecutionSucceeded', this.#thread.previous, details, { status: 'SUCCEEDED', output });
  }

  #fail(thrown: unknown): void {
    if (thrown instanceof Cancelled) return;
    const { error, cause } = thrown instanceof StateFailure ? thrown : internal(thrown);
    this.#close('ExecutionFailed', this.#thread.previous, { cause, error }, { status: 'FAILED', error, cause });
  }

  #timeOut(): void {
    this.#close('ExecutionTimedOut', 0, { error: 'States.Timeout' }, { status: 'TIMED_OUT' });
  }

  #close(type: EventType, previous: number, details: EventDetails, end: Omit<End, 'at'>): void {
    if (this.#ending) return;
    this.#ending = true;
    const { at } = this.recorder.close(type, previous, details);
    this.#release();
    // When the journal fails, the engine rests, and the end is not shown.
    this.#settle({ ...end, at }).catch(ignoreCancelled);
  }

  #release(): void {
    this.#cancelTimeout?.();
    this.cancellation.cancel();
  }

  /** Shows the end once it is durable. */
  async #settle(end: End): Promise<void> {
    await this.host.sync();
    this.#end = end;
    this.host.ended(this);
    this.#resolve?.(this);
  }
}

function ignoreCancelled(error: unknown): void {
  if (!(error instanceof Cancelled)) throw error;
}

const internal = (thrown: unknown) =>
  new StateFailure('States.Runtime', thrown instanceof Error ? thrown.message : String(thrown));
