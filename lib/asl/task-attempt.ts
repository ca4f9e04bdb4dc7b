import { Cancelled, StateFailure } from './errors.ts';
import { type EventDetails, NOT_TRUNCATED } from './history.ts';
import type { Call, Integration } from './integration.ts';
import { type Data, exceedsLimit, type JsonObject, parseData } from './json.ts';
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

/** Makes the attempt and records it; after a crash, goes on from what was recorded. Throws what it failed with. */
export async function runTask(visit: Visit, task: Task): Promise<Data> {
  const { resource, resourceType } = task.integration;
  const names = { resource, resourceType };
  const { at } = visit.record('TaskStarted', names);
  const earlier = visit.upcoming()?.type === 'TaskSubmitted' ? visit.record('TaskSubmitted').details : undefined;
  const ending = recordedEnding(visit);
  if (ending) return ending();
  const submitted = earlier && parseData(String(earlier.output));
  return new Promise((resolve, reject) => new Attempt(visit, task, names, resolve, reject).start(at, submitted));
}

class Attempt implements Waiting {
  readonly #visit: Visit;
  readonly #task: Task;
  readonly #names: EventDetails;
  readonly #resolve: (result: Data) => void;
  readonly #reject: (error: unknown) => void;
  readonly #abort = new AbortController();
  readonly #cleanups: (() => void)[] = [];
  #cancelHeartbeat: (() => void) | undefined;
  #settled = false;

  constructor(
    visit: Visit,
    task: Task,
    names: EventDetails,
    resolve: (data: Data) => void,
    reject: (e: unknown) => void,
  ) {
    this.#visit = visit;
    this.#task = task;
    this.#names = names;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(startedAt: number, submitted: Data | undefined): void {
    const { thread, token, run } = this.#visit;
    const { timeoutInSeconds } = this.#task.scheduled;
    this.#cleanups.push(thread.cancellation.onCancel(() => this.#settle(() => this.#reject(new Cancelled()))));
    if (typeof timeoutInSeconds === 'number') {
      const due = startedAt + timeoutInSeconds * 1000;
      this.#cleanups.push(run.host.clock.schedule(due, () => this.#timeOut('timeout')));
    }
    if (token !== undefined) this.#cleanups.push(run.host.tokens.hand(token, this));
    this.heartbeat();
    this.#call(submitted).catch((error) => this.#failWith(error));
  }

  succeed(data: Data): void {
    if (exceedsLimit(data.text)) this.fail('States.DataLimitExceeded', tooLarge(this.#task.integration.resourceType));
    this.#settle(() => {
      this.#visit.record('TaskSucceeded', { output: data.text, outputDetails: NOT_TRUNCATED, ...this.#names });
      this.#resolve(data);
    });
  }

  fail(error: string | undefined, cause: string | undefined): void {
    this.#settle(() => {
      this.#visit.record('TaskFailed', { cause, error, ...this.#names });
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

  async #call(submitted: Data | undefined): Promise<void> {
    const { integration } = this.#task;
    const call = this.#callOf();
    const answer = submitted ?? (await this.#submit(call));
    if (this.#settled) return;
    if (integration.waitsFor && !submitted) this.#recordSubmitted(answer);
    if (integration.waitsFor === 'token') this.#park();
    else this.succeed(integration.follow ? await integration.follow(this.#visit, answer.json, call) : answer);
  }

  /** Makes the call, once everything that it follows from is durable. */
  async #submit(call: Call): Promise<Data> {
    const { host } = this.#visit.run;
    await host.sync();
    if (this.#settled) throw new Cancelled();
    const args: JsonObject = JSON.parse(String(this.#task.scheduled.parameters));
    const work = this.#task.integration.submit(this.#visit, args, call);
    host.clock.busy(work);
    return work;
  }

  #park(): void {
    const { run, state, path } = this.#visit;
    this.#cleanups.push(run.park({ state: state.name, path }));
  }

  #callOf(): Call {
    const { run, path, token } = this.#visit;
    return {
      arn: this.#task.arn,
      token,
      signal: this.#abort.signal,
      clientToken: `${run.execution}${path}`,
      onAbandon: (stop) => this.#abort.signal.addEventListener('abort', stop),
    };
  }

  #recordSubmitted(answer: Data): void {
    this.#visit.record('TaskSubmitted', { output: answer.text, outputDetails: NOT_TRUNCATED, ...this.#names });
  }

  #failWith(error: unknown): void {
    if (this.#settled) return;
    const { error: name, cause } = failureOf(error, () => this.#visit.run.host.ids.uuid());
    this.fail(name, cause);
  }

  #timeOut(kind: 'timeout' | 'heartbeat'): void {
    this.#settle(() => {
      this.#visit.note(() => kind);
      this.#visit.record('TaskTimedOut', { error: 'States.Timeout', ...this.#names });
      this.#reject(failureOfTimeout(kind));
      this.#abort.abort();
    });
  }

  /** Ends the attempt once; whatever comes later is ignored. */
  #settle(end: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#cancelHeartbeat?.();
    for (const cleanup of this.#cleanups) cleanup();
    try {
      end();
    } catch (error) {
      this.#reject(error);
    }
  }
}

const tooLarge = (what: string) =>
  `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`;
