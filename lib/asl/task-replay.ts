import { type Data, dataFrom } from './data.ts';
import { Cancelled, StateFailure } from './errors.ts';
import type { EventDetails, EventType } from './history.ts';
import type { Visit } from './visit.ts';

/** How an attempt ended, when the journal knows it. */
export function recordedEnding(visit: Visit): (() => Promise<Data>) | undefined {
  const next = visit.upcoming();
  const read = next && ENDINGS[next.type];
  if (!next || !read) return undefined;
  visit.record(next.type);
  return () => read(visit, next.details ?? {});
}

const ENDINGS: Readonly<Partial<Record<EventType, (visit: Visit, details: EventDetails) => Promise<Data>>>> = {
  TaskSucceeded: async (_, { output }) => dataFrom(output),
  TaskFailed: async (_, { error, cause }) => {
    throw new StateFailure(textOf(error), textOf(cause));
  },
  TaskTimedOut: async (visit) => {
    throw failureOfTimeout(visit.note(() => 'timeout'));
  },
  TaskStateAborted: async () => {
    throw new Cancelled();
  },
};

/** A missed heartbeat is reported as `States.Timeout`, and can be caught under its own name as well. */
export const failureOfTimeout = (kind: string): StateFailure =>
  new StateFailure('States.Timeout', undefined, { aliases: kind === 'heartbeat' ? ['States.HeartbeatTimeout'] : [] });

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
