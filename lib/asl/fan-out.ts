import { Cancellation } from './cancellation.ts';
import type { Data } from './data.ts';
import { isFatal } from './policy.ts';
import type { MapItem, Thread } from './thread.ts';
import type { Visit } from './visit.ts';

/** What a state runs side by side. */
export interface Lines {
  readonly count: number;
  /** How many at a time. */
  readonly limit: number;
  /** Runs the states of one line. */
  readonly run: (thread: Thread, at: number) => Promise<Data>;
  readonly item?: (at: number) => MapItem;
  /** Tells of a line in the history; the end of one answers with the event that its state goes on from. */
  readonly onStarted?: (thread: Thread, at: number) => void;
  readonly onSucceeded?: (thread: Thread, at: number) => number;
  readonly onFailed?: (thread: Thread, at: number) => void;
  readonly onAborted?: (thread: Thread, at: number) => void;
  /** Puts up with this many failures, or throws what they amount to. */
  readonly tolerate?: (failures: number, error: unknown) => void;
}

/**
 * Runs lines of states inside a state and answers with their outputs in order; lines whose failure was put up with
 * are left out. The first failure that is not stops the others.
 */
export function fanOut(visit: Visit, lines: Lines): Promise<readonly Data[]> {
  return new Promise((resolve, reject) => new Fan(visit, lines, resolve, reject).start());
}

class Fan {
  readonly #visit: Visit;
  readonly #lines: Lines;
  readonly #resolve: (outputs: readonly Data[]) => void;
  readonly #reject: (error: unknown) => void;
  readonly #cancellation: Cancellation;
  readonly #prefix: string;
  readonly #outputs: (Data | undefined)[];
  #next = 0;
  #ended = 0;
  #failures = 0;
  #last: number;

  constructor(
    visit: Visit,
    lines: Lines,
    resolve: (outputs: readonly Data[]) => void,
    reject: (error: unknown) => void,
  ) {
    this.#visit = visit;
    this.#lines = lines;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#cancellation = new Cancellation(visit.thread.cancellation);
    this.#prefix = visit.retryCount === 0 ? visit.path : `${visit.path}~${visit.retryCount + 1}`;
    this.#outputs = new Array(lines.count);
    this.#last = visit.thread.previous;
  }

  start(): void {
    const { count, limit } = this.#lines;
    const first = this.#last;
    if (count === 0) this.#finish();
    for (let slots = Math.min(count, limit); slots > 0; slots--) this.#startNext(first);
  }

  #startNext(previous: number): void {
    const at = this.#next++;
    const thread = this.#visit.thread.fork(
      `${this.#prefix}[${at}]`,
      previous,
      this.#cancellation,
      this.#lines.item?.(at),
    );
    this.#visit.threads.set(thread, () => this.#lines.onAborted?.(thread, at));
    this.#run(thread, at).then(
      (output) => this.#succeed(thread, at, output),
      (error) => this.#fail(thread, at, error),
    );
  }

  async #run(thread: Thread, at: number): Promise<Data> {
    this.#lines.onStarted?.(thread, at);
    const output = await this.#lines.run(thread, at);
    thread.cancellation.throwIfCancelled();
    this.#last = this.#lines.onSucceeded?.(thread, at) ?? Math.max(this.#last, thread.previous);
    return output;
  }

  #succeed(thread: Thread, at: number, output: Data): void {
    this.#outputs[at] = output;
    this.#end(thread);
  }

  #fail(thread: Thread, at: number, error: unknown): void {
    if (this.#cancellation.cancelled) {
      this.#reject(error);
      return;
    }
    this.#visit.threads.delete(thread);
    try {
      if (!isFatal(error)) this.#recordFailure(thread, at);
      this.#failures++;
      if (!this.#lines.tolerate || isFatal(error)) throw error;
      this.#lines.tolerate(this.#failures, error);
      this.#end(thread);
    } catch (reason) {
      this.#stop(thread, reason);
    }
  }

  #recordFailure(thread: Thread, at: number): void {
    this.#lines.onFailed?.(thread, at);
    if (thread.current?.state.type === 'Task') thread.current.mention('TaskStateAborted');
  }

  #stop(failed: Thread, reason: unknown): void {
    if (!isFatal(reason)) abortLines(this.#visit, failed.previous);
    this.#visit.threads.clear();
    this.#cancellation.cancel();
    this.#visit.thread.previous = failed.previous;
    this.#reject(reason);
  }

  #end(thread: Thread): void {
    thread.cancellation.dispose();
    this.#visit.threads.delete(thread);
    this.#ended++;
    if (this.#next < this.#lines.count) this.#startNext(thread.previous);
    else if (this.#ended === this.#lines.count) this.#finish();
  }

  #finish(): void {
    this.#cancellation.dispose();
    this.#visit.thread.previous = this.#last;
    this.#resolve(this.#outputs.filter((output) => output !== undefined));
  }
}

const ABORTABLE = ['Task', 'Wait', 'Parallel', 'Map'] as const;

/** Records that the lines inside a state end where they are, which follows from the failure of another line. */
function abortLines(visit: Visit, previous: number): void {
  for (const [thread, onAborted] of visit.threads) {
    thread.previous = previous;
    onAborted();
    const { current } = thread;
    const type = ABORTABLE.find((it) => it === current?.state.type);
    if (type) current?.mention(`${type}StateAborted`);
    if (current) abortLines(current, previous);
  }
}
