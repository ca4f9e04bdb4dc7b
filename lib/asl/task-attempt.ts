import { copyJson } from './copy.ts';
import { type Data, dataFrom } from './data.ts';
import { Cancelled, StateFailure, tooLarge } from './errors.ts';
import { type EventDetails, NOT_TRUNCATED } from './history.ts';
import type { Call, Integration } from './integration.ts';
import { isJsonObject } from './json.ts';
import { failureOf } from './lambda-failure.ts';
import { failureOfTimeout, recordedEnding } from './task-replay.ts';
import type { Waiting } from './tokens.ts';
import type { Visit } from './visit.ts';

/** One attempt of a Task. */
export interface Task {
  /** The full `Resource`. */
  readonly arn: string;
  readonly integration: Integration;
  /** The particulars of `TaskScheduled`: arguments and time limits. */
  readonly scheduled: EventDetails;
}

/** Makes the attempt and records it; after a crash, goes on from what was recorded. Rejects with what it failed with. */
export function runTask(visit: Visit, task: Task): Promise<Data> {
  const { resource, resourceType } = task.integration;
  const { at } = visit.record('TaskStarted', { resource, resourceType });
  const earlier = visit.upcoming()?.type === 'TaskSubmitted' ? visit.record('TaskSubmitted').details : undefined;
  const ending = recordedEnding(visit);
  if (ending) return ending();
  const submitted = earlier && dataFrom(earlier.output);
  return new Promise((resolve, reject) => new Attempt(visit, task, resolve, reject).start(at, submitted));
}

class Attempt implements Waiting, Call {
  readonly #visit: Visit;
  readonly #task: Task;
  readonly #resolve: (result: Data) => void;
  readonly #reject: (error: unknown) => void;
  readonly #cleanups: (() => void)[] = [];
  #abandoned: (() => void)[] | undefined;
  #abort: AbortController | undefined;
  #calledOff = false;
  #cancelHeartbeat: (() => void) | undefined;
  #settled = false;

  constructor(visit: Visit, task: Task, resolve: (data: Data) => void, reject: (error: unknown) => void) {
    this.#visit = visit;
    this.#task = task;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get arn(): string {
    return this.#task.arn;
  }

  get token(): string | undefined {
    return this.#visit.token;
  }

  get clientToken(): string {
    return `${this.#visit.run.execution}${this.#visit.path}`;
  }

  /** Made only for who asks, for an AbortController takes longer than most of the rest. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#calledOff) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  onAbandon(stop: () => void): void {
    this.#abandoned ??= [];
    this.#abandoned.push(stop);
  }

  start(startedAt: number, submitted: Data | undefined): void {
    const { thread, token, run } = this.#visit;
    const { timeoutInSeconds } = this.#task.scheduled;
    this.#cleanups.push(thread.cancellation.onCancel(() => this.#abandon(() => new Cancelled())));
    if (typeof timeoutInSeconds === 'number') {
      const due = startedAt + timeoutInSeconds * 1000;
      this.#cleanups.push(run.host.clock.schedule(due, () => this.#timeOut('timeout')));
    }
    if (token !== undefined) this.#cleanups.push(run.host.tokens.hand(token, this));
    this.heartbeat();
    if (submitted) this.#follow(submitted);
    else this.#submitWhenDurable();
  }

  succeed(output: Data): void {
    const { resource, resourceType } = this.#task.integration;
    if (output.exceedsLimit()) this.fail('States.DataLimitExceeded', tooLarge(resourceType));
    this.#settle(() => {
      this.#visit.record('TaskSucceeded', { output, outputDetails: NOT_TRUNCATED, resource, resourceType });
      this.#resolve(output);
    });
  }

  fail(error: string | undefined, cause: string | undefined): void {
    const { resource, resourceType } = this.#task.integration;
    this.#settle(() => {
      this.#visit.record('TaskFailed', { cause, error, resource, resourceType });
      this.#reject(new StateFailure(error, cause));
    });
  }

  /** Starts `HeartbeatSeconds` anew; only a Task that waits for its token has any use for it. */
  heartbeat(): void {
    const { run, token } = this.#visit;
    const { heartbeatInSeconds } = this.#task.scheduled;
    if (token === undefined || typeof heartbeatInSeconds !== 'number') return;
    this.#cancelHeartbeat?.();
    const due = run.host.clock.now() + heartbeatInSeconds * 1000;
    this.#cancelHeartbeat = run.host.clock.schedule(due, () => this.#timeOut('heartbeat'));
  }

  /** Makes the call once everything that it follows from is durable. */
  #submitWhenDurable(): void {
    const durable = this.#visit.run.host.sync();
    if (durable) durable.then(() => this.#submit()).catch((error) => this.#failWith(error));
    else this.#submit();
  }

  #submit(): void {
    if (this.#settled) return;
    const args = copyJson(dataFrom(this.#task.scheduled.parameters).json);
    try {
      const work = this.#task.integration.submit(this.#visit, isJsonObject(args) ? args : {}, this);
      this.#visit.run.host.clock.busy(work);
      work.then(
        (answer) => this.#answer(answer),
        (error) => this.#failWith(error),
      );
    } catch (error) {
      this.#failWith(error);
    }
  }

  #answer(answer: unknown): void {
    if (this.#settled) return;
    this.#visit.run.recorder.wake();
    try {
      this.#take(this.#task.integration.read(this.#visit, answer));
    } catch (error) {
      this.#failWith(error);
    }
  }

  #take(output: Data): void {
    const { resource, resourceType, waitsFor } = this.#task.integration;
    if (waitsFor) {
      this.#visit.record('TaskSubmitted', { output, outputDetails: NOT_TRUNCATED, resource, resourceType });
      this.#follow(output);
    } else {
      this.succeed(output);
    }
  }

  /** Waits for what was submitted. */
  #follow(submitted: Data): void {
    const { run, state, path } = this.#visit;
    const { follow } = this.#task.integration;
    if (follow)
      follow(this.#visit, submitted.json, this).then(
        (output) => this.succeed(output),
        (error) => this.#failWith(error),
      );
    else this.#cleanups.push(run.park({ state: state.name, path }));
  }

  #failWith(thrown: unknown): void {
    if (this.#settled) return;
    const { error, cause } = failureOf(thrown, this.#visit.run.host.requestId);
    this.fail(error, cause);
  }

  #timeOut(kind: 'timeout' | 'heartbeat'): void {
    const { resource, resourceType } = this.#task.integration;
    this.#abandon(() => {
      this.#visit.note(() => kind);
      this.#visit.record('TaskTimedOut', { error: 'States.Timeout', resource, resourceType });
      return failureOfTimeout(kind);
    });
  }

  /** Ends the attempt while the work may still go on. */
  #abandon(reason: () => Error): void {
    this.#settle(() => {
      this.#reject(reason());
      this.#calledOff = true;
      this.#abort?.abort();
      for (const stop of this.#abandoned ?? []) stop();
    });
  }

  /** Ends the attempt once; whatever comes later is ignored. */
  #settle(end: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#visit.run.recorder.wake();
    this.#cancelHeartbeat?.();
    for (const cleanup of this.#cleanups) cleanup();
    try {
      end();
    } catch (error) {
      this.#reject(error);
    }
  }
}
