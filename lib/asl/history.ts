import { Data, dataIn } from './data.ts';
import { type Json, type JsonObject, setOwn } from './json.ts';

/** Types of state, as in the definition. */
export type StateType = 'Pass' | 'Task' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';

/** Types of event that this interpreter writes; the names are those of AWS. */
export type EventType =
  | `Execution${'Started' | 'Succeeded' | 'Failed' | 'Aborted' | 'TimedOut'}`
  | `${StateType}State${'Entered' | 'Exited' | 'Aborted'}`
  | `${'Parallel' | 'Map'}State${'Started' | 'Succeeded' | 'Failed'}`
  | `MapIteration${'Started' | 'Succeeded' | 'Failed' | 'Aborted'}`
  | `Task${'Scheduled' | 'Started' | 'Submitted' | 'Succeeded' | 'Failed' | 'TimedOut'}`
  | 'EvaluationFailed';

/** The particulars of an event, under the names of the AWS API; data stands for its text. */
export interface EventDetails {
  readonly [name: string]: string | number | boolean | Data | EventDetails | undefined;
}

/** An event of an execution's history, in the shape of `GetExecutionHistory`. */
export type HistoryEvent = {
  /** 1, 2, 3 ... in the order in which things happened. */
  readonly id: number;
  /** The event that led to this one; 0 when there is none. */
  readonly previousEventId: number;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly type: EventType;
  /** Exactly one: `stateEnteredEventDetails`, `taskFailedEventDetails` ... */
  readonly [details: `${string}EventDetails`]: JsonObject;
};

/** An event as the engine keeps it. */
export interface RecordedEvent {
  readonly id: number;
  readonly previous: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: EventType;
  readonly details: EventDetails | undefined;
  /** For the exit of a state: the name of the next one, `null` when it was the last. */
  readonly next?: string | null | undefined;
}

/** Most events that a history may have; the one that ends the execution is the last. */
export const EVENT_LIMIT = 25_000;

export const NOT_TRUNCATED = { truncated: false } as const;

/** The event as AWS shows it. */
export function toHistoryEvent({ id, previous, at, type, details }: RecordedEvent): HistoryEvent {
  const head = { id, previousEventId: previous, timestamp: new Date(at).toISOString(), type };
  return details ? { ...head, [detailsKey(type)]: show(details) } : head;
}

/** The particulars with data as its text. */
function show(details: EventDetails): JsonObject {
  const shown: Record<string, Json> = {};
  for (const [name, value] of Object.entries(details)) if (value !== undefined) setOwn(shown, name, showValue(value));
  return shown;
}

function showValue(value: Exclude<EventDetails[string], undefined>): Json {
  if (typeof value !== 'object') return value;
  if (value instanceof Data) return value.text;
  return dataIn(value)?.text ?? show(value);
}

function detailsKey(type: EventType): `${string}EventDetails` {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails';
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails';
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}
