import { objectOf } from '../../asl/lint/json.ts';
import type { Transition } from './run-overlay.ts';

/** An event of `GetExecutionHistory`, from AWS or from the interpreter. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId?: number;
  readonly type: string;
  readonly timestamp: string | number | Date;
}

/** One visit of a state. Times are milliseconds since 1970. */
export interface Frame {
  readonly name: string;
  readonly kind: string;
  /** The visit of the Map or Parallel around it. */
  readonly parent: Frame | undefined;
  readonly entered: number;
  left?: number;
  aborted: boolean;
  attempts: number;
  error?: string;
}

/** The visits in a history. */
interface Visits {
  readonly all: readonly Frame[];
  readonly transitions: readonly Transition[];
  /** The visit in which the last event happened. */
  readonly last: Frame | undefined;
  /** Time of the last event. */
  readonly now: number;
}

/** An event with the visit that it belongs to. */
interface Seen {
  readonly type: string;
  readonly frame: Frame | undefined;
}

const ERROR_NAME = /^[\w.$:-]{1,80}$/;
const ATTEMPT = /^(Task|LambdaFunction|Activity)Scheduled$|^(Map|Parallel)StateStarted$/;
const FAILURE = /(Failed|TimedOut)$/;
const INNER_START = /^(MapIteration|ParallelState|MapState)Started$/;
const CONTAINER = /^(Map|Parallel)(State|Iteration)(Started|Succeeded|Failed|Aborted)$/;

/** The particulars of an event: AWS names their key by the event's type, more or less. */
function detailsOf(event: HistoryEvent): Readonly<Record<string, unknown>> {
  const [, details] = Object.entries(event).find(([key]) => key.endsWith('EventDetails')) ?? [];
  return objectOf(details);
}

/** Only what looks like a name is kept: an error whose name is a sentence may hold anything. */
const errorName = (value: unknown): string => (typeof value === 'string' && ERROR_NAME.test(value) ? value : 'error');

/** The visit that a state entered after `previous` is inside of. */
const around = (previous: Seen | undefined): Frame | undefined =>
  previous && INNER_START.test(previous.type) ? previous.frame : previous?.frame?.parent;

/** Events of a Map or Parallel follow events of what is inside; their visit is the nearest one of the kind. */
function containerOf(type: string, previous: Seen | undefined): Frame | undefined {
  const kind = type.startsWith('Map') ? 'Map' : 'Parallel';
  const isOver = previous !== undefined && /^(Map|Parallel)State(Succeeded|Failed)$/.test(previous.type);
  const start = isOver && FAILURE.test(type) ? previous.frame?.parent : previous?.frame;
  for (let frame = start; frame !== undefined; frame = frame.parent) if (frame.kind === kind) return frame;
  return previous?.frame;
}

function apply(frame: Frame, event: HistoryEvent, at: number): void {
  const { type } = event;
  if (ATTEMPT.test(type)) {
    frame.attempts += 1;
    delete frame.error;
  }
  if (FAILURE.test(type) && !type.startsWith('MapIteration')) frame.error = errorName(detailsOf(event).error);
  if (type.endsWith('StateExited')) frame.left = at;
  if (type.endsWith('StateAborted')) frame.aborted = true;
}

/** Follows a history event by event, each to the visit that it belongs to. */
export function frames(history: readonly HistoryEvent[]): Visits {
  const seen = new Map<number, Seen>();
  const all: Frame[] = [];
  const transitions = new Map<string, Transition>();
  const enter = (event: HistoryEvent, at: number, previous: Seen | undefined): Frame => {
    const name = String(detailsOf(event).name);
    const kind = event.type.replace('StateEntered', '');
    const frame: Frame = { name, kind, parent: around(previous), entered: at, aborted: false, attempts: 0 };
    all.push(frame);
    if (previous?.type.endsWith('StateExited') && previous.frame) {
      const made = { from: previous.frame.name, to: name, caught: previous.frame.error !== undefined };
      transitions.set(JSON.stringify(made), made);
    }
    return frame;
  };
  for (const event of history) {
    const at = new Date(event.timestamp).getTime();
    const previous = seen.get(event.previousEventId ?? 0);
    const belongs = CONTAINER.test(event.type) ? containerOf(event.type, previous) : previous?.frame;
    const frame = event.type.endsWith('StateEntered') ? enter(event, at, previous) : belongs;
    if (frame) apply(frame, event, at);
    seen.set(event.id, { type: event.type, frame });
  }
  const end = history.at(-1);
  return {
    all,
    transitions: [...transitions.values()],
    last: end && seen.get(end.id)?.frame,
    now: end ? new Date(end.timestamp).getTime() : 0,
  };
}
