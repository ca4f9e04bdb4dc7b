/** Where an engine gets its time from. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` once at `atMs` (at once when past); the answer cancels it. */
  schedule(atMs: number, fn: () => void): () => void;
  /** Tells the clock of work outside the engine: a virtual clock does not jump while it is under way. */
  busy(work: Promise<unknown>): void;
}

/** A clock for work outside the engine as well. */
export interface WorkClock extends Clock {
  /** Lets such work wait for time to pass: while it sleeps, a virtual clock may jump. */
  sleep(ms: number): Promise<void>;
}

/** Longest delay that a Node timer can hold; beyond it, it would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: WorkClock = {
  now: () => Date.now(),
  schedule: scheduleOnSystem,
  busy: () => undefined,
  sleep: (ms) => new Promise((resolve) => void scheduleOnSystem(Date.now() + ms, resolve)),
};

function scheduleOnSystem(atMs: number, fn: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = () => {
    const delay = atMs - Date.now();
    timer = delay > LONGEST_TIMER ? setTimeout(arm, LONGEST_TIMER) : setTimeout(fn, Math.max(0, delay));
  };
  arm();
  return () => clearTimeout(timer);
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

/** Time that stands still until it is moved, and then jumps from timer to timer. */
export class VirtualClock implements WorkClock {
  #now: number;
  #order = 0;
  #inFlight = 0;
  #wake: (() => void) | undefined;
  readonly #timers = new Set<Timer>();

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** Number of timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  schedule(atMs: number, fn: () => void): () => void {
    const timer = { at: atMs, order: this.#order++, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  busy(work: Promise<unknown>): void {
    this.#inFlight++;
    const end = () => this.#end();
    work.then(end, end);
  }

  async sleep(ms: number): Promise<void> {
    this.#end();
    await new Promise<void>((resolve) => void this.schedule(this.#now + ms, resolve));
    this.#inFlight++;
  }

  /** Lets all work under way come to rest; time does not move, except for timers that are due now. */
  async settle(): Promise<void> {
    do await this.#rest();
    while (this.#fireNext(this.#now));
  }

  /** Moves time on by `ms`, stopping at each timer on the way until all work that it started has come to rest. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    do await this.#rest();
    while (this.#fireNext(end));
    this.#now = end;
  }

  /** Jumps from timer to timer until none is left and nothing is under way, or until `enough` says so. */
  async runUntilIdle(enough: () => boolean = () => false): Promise<void> {
    do await this.#rest();
    while (!enough() && this.#fireNext(Number.POSITIVE_INFINITY));
  }

  #end(): void {
    this.#inFlight--;
    this.#wake?.();
  }

  async #rest(): Promise<void> {
    do {
      while (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      // An immediate runs after every promise that could already go on has done so.
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#inFlight > 0);
  }

  #fireNext(limit: number): boolean {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (!next || isBefore(timer, next)) next = timer;
    if (!next || next.at > limit) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.at);
    next.fn();
    return true;
  }
}

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
