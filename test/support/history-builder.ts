import type { HistoryEvent } from '../../lib/cli/picture/run-overlay.ts';

/** What must never be seen in a picture. */
const CANARY = 'CANARY-value';

/** Writes a history in AWS's shape, one event a second; each step follows the one before it unless told otherwise. */
export class HistoryBuilder {
  readonly events: HistoryEvent[] = [];
  #previous = 0;

  /** Id of the last event, to come back to. */
  get last(): number {
    return this.#previous;
  }

  /** Goes on from an earlier event. */
  from(id: number): this {
    this.#previous = id;
    return this;
  }

  add(type: string, details?: object, key = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`): this {
    const id = this.events.length + 1;
    const timestamp = new Date(Date.UTC(2026, 2, 14, 1, 59, id)).toISOString();
    const head = { id, previousEventId: this.#previous, timestamp, type };
    this.events.push(details ? { ...head, [key]: details } : head);
    this.#previous = type === 'ExecutionStarted' ? 0 : id;
    return this;
  }

  enter(type: string, name: string): this {
    return this.add(`${type}StateEntered`, { name, input: CANARY }, 'stateEnteredEventDetails');
  }

  exit(type: string, name: string): this {
    return this.add(`${type}StateExited`, { name, output: CANARY }, 'stateExitedEventDetails');
  }

  /** Enters and leaves states that do nothing. */
  pass(type: string, ...names: readonly string[]): this {
    for (const name of names) this.enter(type, name).exit(type, name);
    return this;
  }

  attempt(error?: string): this {
    this.add('TaskScheduled', { parameters: CANARY }).add('TaskStarted');
    return error === undefined
      ? this.add('TaskSucceeded', { output: CANARY })
      : this.add('TaskFailed', { error, cause: CANARY });
  }

  /** A task that fails with each of the errors and then succeeds. */
  task(name: string, ...errors: readonly string[]): this {
    this.enter('Task', name);
    for (const error of errors) this.attempt(error);
    return this.attempt().exit('Task', name);
  }

  /** A task that fails and is caught. */
  caught(name: string, error: string): this {
    return this.enter('Task', name).attempt(error).exit('Task', name);
  }

  /** The iterations of a Map, each from its start; the Map goes on after the last. */
  map(name: string, items: number, item: (index: number) => void): this {
    this.enter('Map', name).add('MapStateStarted', { length: items });
    const start = this.last;
    for (let index = 0; index < items; index += 1) {
      this.from(start).add('MapIterationStarted', { name, index });
      item(index);
      this.add('MapIterationSucceeded', { name, index });
    }
    return this.add('MapStateSucceeded').exit('Map', name);
  }
}
