import { type Frame, frames, type HistoryEvent } from './frames.ts';

export type { HistoryEvent } from './frames.ts';

/** How a state went, all its visits taken together: the worst of them. */
export type StateStatus = 'succeeded' | 'caught' | 'aborted' | 'running' | 'failed';

/** What happened in one state. No input or output is in here, so that none can be drawn. */
export interface StateRun {
  readonly status: StateStatus;
  /** How often it was entered: loops and the items of a Map count. */
  readonly visits: number;
  /** How often it was tried again under `Retry`. */
  readonly retries: number;
  /** Time in it, all visits together, up to the last event of the history. */
  readonly milliseconds: number;
  /** Name of the last error in it. */
  readonly error: string | undefined;
}

/** What happened in an execution, by names of states, which are unique in a machine. */
export interface RunOverlay {
  readonly status: 'running' | 'succeeded' | 'failed' | 'timed out' | 'aborted';
  readonly states: ReadonlyMap<string, StateRun>;
  /** The transitions made. */
  readonly transitions: readonly Transition[];
}

/** One state left for another, once or more often. */
export interface Transition {
  readonly from: string;
  readonly to: string;
  readonly caught: boolean;
}

const ENDINGS: Readonly<Record<string, RunOverlay['status']>> = {
  ExecutionSucceeded: 'succeeded',
  ExecutionFailed: 'failed',
  ExecutionTimedOut: 'timed out',
  ExecutionAborted: 'aborted',
};

const SEVERITY: readonly StateStatus[] = ['succeeded', 'caught', 'aborted', 'running', 'failed'];

const worst = (statuses: readonly StateStatus[]): StateStatus =>
  SEVERITY.findLast((status) => statuses.includes(status)) ?? 'succeeded';

/** Whether a Map or Parallel around the visit is over, and the visit with it. */
const isOver = ({ parent }: Frame): boolean =>
  parent !== undefined && (parent.left !== undefined || parent.aborted || isOver(parent));

function statusOf(frame: Frame, run: RunOverlay['status'], failed: ReadonlySet<Frame>): StateStatus {
  if (failed.has(frame)) return 'failed';
  if (frame.aborted) return 'aborted';
  if (frame.left !== undefined) return frame.error === undefined ? 'succeeded' : 'caught';
  if (frame.kind === 'Fail' || frame.error !== undefined) return 'failed';
  return run === 'running' && !isOver(frame) ? 'running' : 'aborted';
}

/** The state that the execution failed in, and the Maps and Parallels around it. */
function failedFrames(last: Frame | undefined, run: RunOverlay['status']): ReadonlySet<Frame> {
  const failed = new Set<Frame>();
  if (run !== 'failed' && run !== 'timed out') return failed;
  for (let frame = last; frame !== undefined; frame = frame.parent) if (frame.left === undefined) failed.add(frame);
  return failed;
}

/** When a visit ended: with what is around it, if nothing else is known. */
const endOf = (frame: Frame, now: number): number =>
  frame.left ?? (frame.parent && isOver(frame) ? endOf(frame.parent, now) : now);

function summarize(visits: readonly Frame[], statuses: readonly StateStatus[], now: number): StateRun {
  return {
    status: worst(statuses),
    visits: visits.length,
    retries: visits.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    milliseconds: visits.reduce((sum, frame) => sum + endOf(frame, now) - frame.entered, 0),
    error: visits.map(({ error }) => error).findLast((error) => error !== undefined),
  };
}

/** Reads what happened in each state from a history in AWS's shape. */
export function overlayFromHistory(history: readonly HistoryEvent[]): RunOverlay {
  const { all, transitions, last, now } = frames(history);
  const status = history.map(({ type }) => ENDINGS[type]).findLast((ending) => ending !== undefined) ?? 'running';
  const failed = failedFrames(last, status);
  const names = new Set(all.map(({ name }) => name));
  const states = [...names].map((name) => {
    const visits = all.filter((frame) => frame.name === name);
    return [
      name,
      summarize(
        visits,
        visits.map((frame) => statusOf(frame, status, failed)),
        now,
      ),
    ] as const;
  });
  return { status, states: new Map(states), transitions };
}
