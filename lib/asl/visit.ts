import { type Data, dataFrom, dataOf } from './data.ts';
import type { Environment, Eventually, Ids } from './environment.ts';
import { Cancelled, StateFailure, tooLarge } from './errors.ts';
import { DataTooLarge } from './from-jsonata.ts';
import { type EventDetails, type EventType, NOT_TRUNCATED, type RecordedEvent, type StateType } from './history.ts';
import type { Json } from './json.ts';
import type { Run } from './run.ts';
import type { Exit, State } from './state.ts';
import { QueryFailure, type Template } from './template.ts';
import type { MapItem, Thread } from './thread.ts';

/** What an expression of a state sees besides its input. */
export interface Results extends Pick<Environment, 'result' | 'errorOutput'> {
  /** In `ItemSelector`, the item that it is evaluated for. */
  readonly item?: MapItem | undefined;
}

/** One stay in a state, from its entry to its exit. */
export class Visit {
  readonly run: Run;
  readonly thread: Thread;
  readonly state: State;
  /** E.g. `/Fan#1[3]/Put#1`. */
  readonly path: string;
  readonly input: Data;
  readonly entered: RecordedEvent;
  /** `$states.context.Task.Token`. */
  token: string | undefined;
  retryCount = 0;
  #threads: Map<Thread, () => void> | undefined;
  readonly #before: number;

  constructor(run: Run, thread: Thread, state: State, path: string, input: Data) {
    this.run = run;
    this.thread = thread;
    this.state = state;
    this.path = path;
    this.#before = thread.previous;
    thread.current = this;
    const details = { input, inputDetails: NOT_TRUNCATED, name: state.name };
    this.entered = this.record(`${state.type}StateEntered`, details);
    this.input = this.entered.details === details ? input : dataFrom(this.entered.details?.input);
  }

  /** The branches or iterations that run inside, and how to record that one is aborted. */
  get threads(): Map<Thread, () => void> {
    this.#threads ??= new Map();
    return this.#threads;
  }

  /** Records an event that the next one follows from. */
  record(type: EventType, details?: EventDetails): RecordedEvent {
    const event = this.mention(type, details);
    this.thread.previous = event.id;
    return event;
  }

  /** Records an event that the next one passes by. */
  mention(type: EventType, details?: EventDetails): RecordedEvent {
    this.thread.cancellation.throwIfCancelled();
    return this.run.recorder.record(this.path, type, this.thread.previous, details);
  }

  /** Before a crash, this is what came next. */
  upcoming(): RecordedEvent | undefined {
    return this.run.recorder.peek(this.path);
  }

  /** A value that is drawn once, also when the state runs again after a crash. */
  note(draw: () => string): string {
    return this.run.recorder.note(this.path, draw);
  }

  leave({ next, output, assigned }: Exit): void {
    const { thread, state } = this;
    thread.cancellation.throwIfCancelled();
    const details = { name: state.name, output, outputDetails: NOT_TRUNCATED };
    const event = this.run.recorder.record(
      this.path,
      `${state.type}StateExited`,
      thread.previous,
      assigned ? { ...details, ...variablesOf(assigned) } : details,
      next,
    );
    thread.previous = event.id;
    thread.current = undefined;
    for (const [name, value] of Object.entries(assigned ?? {})) thread.scope.set(name, value);
  }

  /** Fills in a field; a failure is recorded, and thrown with the state's name in its cause. */
  evaluate(template: Template, results?: Results): Eventually<Json> {
    if (template.constant !== undefined) return template.constant;
    try {
      const value = template.evaluate(new VisitEnvironment(this, results));
      return value instanceof Promise ? this.#evaluateLater(value) : value;
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #evaluateLater(value: Promise<Json>): Promise<Json> {
    const { recorder } = this.run;
    return value.finally(() => recorder.wake()).catch((error) => this.#refuse(error));
  }

  /** `An error occurred while executing the state ...`, as AWS begins a cause. */
  explain(cause: string): string {
    return `An error occurred while executing the state '${this.state.name}' (entered at the event id #${this.entered.id}). ${cause}`;
  }

  /** Throws when a text is above the limit of 256 KiB. */
  checkSize(data: Data): Data {
    if (data.exceedsLimit()) throw this.#tooLarge();
    return data;
  }

  #tooLarge(): StateFailure {
    return new StateFailure('States.DataLimitExceeded', tooLarge(this.state.name), { terminal: true });
  }

  /** Waits until an instant; rejects when cancelled. */
  sleepUntil(at: number): Promise<void> {
    const { clock } = this.run.host;
    return new Promise((resolve, reject) => {
      const done = () => {
        off();
        this.run.recorder.wake();
        resolve();
      };
      const cancelTimer = clock.schedule(at, done);
      const off = this.thread.cancellation.onCancel(() => {
        cancelTimer();
        reject(new Cancelled());
      });
    });
  }

  /** Shows the state as parked while `wait` goes on. */
  async parked<T>(wait: Promise<T>): Promise<T> {
    const unpark = this.run.park({ state: this.state.name, path: this.path });
    try {
      return await wait;
    } finally {
      unpark();
    }
  }

  /** `$states.context`. */
  context(item = this.thread.item): Json {
    const { run, state } = this;
    return {
      ...run.context,
      State: {
        Name: state.name,
        EnteredTime: new Date(this.entered.at).toISOString(),
        ...(RETRYABLE.has(state.type) ? { RetryCount: this.retryCount } : {}),
      },
      ...(this.token === undefined ? {} : { Task: { Token: this.token } }),
      ...(item ? { Map: { Item: { Index: item.Index, Value: item.Value } } } : {}),
    };
  }

  #refuse(error: unknown): never {
    if (error instanceof DataTooLarge) throw this.#tooLarge();
    throw error instanceof QueryFailure ? this.failEvaluation(error) : error;
  }

  /**
   * Records that an expression, or what it gave, was of no use. As AWS recorded it, this follows from what came before
   * the entry of the state when nothing else has happened in it; but in a Wait, from the entry.
   */
  failEvaluation({ cause = '', location }: QueryFailure): StateFailure {
    const explained = this.explain(cause);
    const error = 'States.QueryEvaluationError';
    if (this.state.type !== 'Wait' && this.thread.previous === this.entered.id) this.thread.previous = this.#before;
    this.record('EvaluationFailed', { cause: explained, error, location, state: this.state.name });
    return new StateFailure(error, explained);
  }
}

/** What the expressions of a state see. */
class VisitEnvironment implements Environment {
  readonly input: Json;
  readonly result: Json | undefined;
  readonly errorOutput: Json | undefined;
  readonly #visit: Visit;
  readonly #item: MapItem | undefined;

  constructor(visit: Visit, results: Results | undefined) {
    this.input = visit.input.json;
    this.result = results?.result;
    this.errorOutput = results?.errorOutput;
    this.#visit = visit;
    this.#item = results?.item;
  }

  get now(): number {
    return this.#visit.run.host.clock.now();
  }

  get ids(): Ids {
    return this.#visit.run.host.ids;
  }

  context(): Json {
    return this.#visit.context(this.#item);
  }

  variable(name: string): Json | undefined {
    return this.#visit.thread.scope.get(name);
  }
}

/** The types of state that may have a `Retry`. */
const RETRYABLE: ReadonlySet<StateType> = new Set(['Task', 'Parallel', 'Map']);

function variablesOf(assigned: Readonly<Record<string, Json>>): EventDetails {
  const values = Object.entries(assigned).map(([name, value]) => [name, dataOf(value)]);
  return { assignedVariables: Object.fromEntries(values), assignedVariablesDetails: NOT_TRUNCATED };
}
