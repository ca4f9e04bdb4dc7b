import type { Clock } from './clock.ts';
import { Cancelled, StateFailure } from './errors.ts';
import { EVENT_LIMIT, type EventDetails, type EventType, type RecordedEvent } from './history.ts';
import { type Journal, noJournal } from './journal.ts';

/** What the journal knows of an execution, by path; each entry is handed out once, in order. */
export interface Past {
  readonly events: readonly RecordedEvent[];
  readonly eventsAt: ReadonlyMap<string, RecordedEvent[]>;
  readonly notesAt: ReadonlyMap<string, string[]>;
}

/** Tells of an event of an execution; `path` as in the journal. */
export type Announce = (execution: string, path: string, event: RecordedEvent) => void;

/**
 * Writes the history of one execution.
 *
 * After a crash the definition runs again, and what a state would record is found to be recorded already: the event
 * keeps its id, and a state whose exit is there does not run.
 */
export class Recorder {
  readonly events: RecordedEvent[];
  #closed = false;
  #past: Past | undefined;
  readonly #execution: string;
  readonly #clock: Clock;
  readonly #journal: Journal | undefined;
  readonly #announce: Announce;
  #at: number;

  constructor(execution: string, deps: { clock: Clock; journal: Journal; announce: Announce }, past?: Past) {
    this.#execution = execution;
    this.#clock = deps.clock;
    this.#journal = deps.journal === noJournal ? undefined : deps.journal;
    this.#announce = deps.announce;
    this.#past = past;
    this.#at = deps.clock.now();
    this.events = past ? [...past.events] : [];
  }

  /** Milliseconds since 1970: the time of what happens now. */
  get at(): number {
    return this.#at;
  }

  /**
   * Something comes from outside: a result, a timer, a token. Between two such moments an execution only computes, and
   * what it records has one time.
   */
  wake(): void {
    this.#at = this.#clock.now();
  }

  /** Records an event, or finds it recorded, and answers with it. Throws {@link Cancelled} once closed. */
  record(path: string, type: EventType, previous: number, details?: EventDetails, next?: string | null): RecordedEvent {
    if (this.#closed) throw new Cancelled();
    return this.#recorded(path, type) ?? this.#add(path, type, previous, details, next);
  }

  /** Records how the execution ended; nothing can be recorded after it. */
  close(type: EventType, previous: number, details: EventDetails): RecordedEvent {
    this.wake();
    this.seal();
    return this.#add('', type, previous, details);
  }

  /** Nothing can be recorded from now on. */
  seal(): void {
    this.#closed = true;
    this.#past = undefined;
  }

  /** The event that follows at this path in the past. */
  peek(path: string): RecordedEvent | undefined {
    return this.#past?.eventsAt.get(path)?.[0];
  }

  /** How a finished state was left. */
  exitOf(path: string): RecordedEvent | undefined {
    const last = this.#past?.eventsAt.get(path)?.at(-1);
    return last?.next === undefined ? undefined : last;
  }

  /** A value that is drawn once and found again after a crash. */
  note(path: string, draw: () => string): string {
    const earlier = this.#past?.notesAt.get(path)?.shift();
    if (earlier !== undefined) return earlier;
    const note = draw();
    this.#journal?.append({ kind: 'note', execution: this.#execution, path, note });
    return note;
  }

  #recorded(path: string, type: EventType): RecordedEvent | undefined {
    const queue = this.#past?.eventsAt.get(path);
    const event = queue?.[0];
    if (!event) return undefined;
    if (event.type !== type) throw new Error(`the journal has ${event.type} at ${path} where ${type} is due`);
    queue.shift();
    return event;
  }

  #add(path: string, type: EventType, previous: number, details?: EventDetails, next?: string | null): RecordedEvent {
    const id = this.events.length + 1;
    if (id >= EVENT_LIMIT && !this.#closed) throw new StateFailure('States.Runtime', HISTORY_FULL);
    const event: RecordedEvent = { id, previous, at: this.#at, type, details, next };
    this.events.push(event);
    this.#journal?.append({ kind: 'event', execution: this.#execution, path, event });
    this.#announce(this.#execution, path, event);
    return event;
  }
}

const HISTORY_FULL = `The execution reached the maximum number of history events (${EVENT_LIMIT}).`;
