import { z } from 'zod';
import { messageOfCause, parsedJson } from './cause.ts';
import { STATE_WORDS } from './state-words.ts';

const entered = z.looseObject({
  stateEnteredEventDetails: z.looseObject({ name: z.string(), input: z.string().optional() }),
});
const failed = z.looseObject({ error: z.string().optional(), cause: z.string().optional() });
const about = z.looseObject({ consumer: z.string() });

interface Event {
  readonly timestamp: string;
  readonly type: string;
}

/** What a reader wants of a history: each state that was entered, each failure, and the end. */
export function eventRows(events: readonly Event[]): string[][] {
  return events.flatMap((event) => {
    const entry = entered.safeParse(event).data?.stateEnteredEventDetails;
    if (entry !== undefined) {
      const consumer = about.safeParse(parsedJson(entry.input ?? '')).data?.consumer ?? '';
      return [[event.timestamp, entry.name, STATE_WORDS[entry.name] ?? '', consumer]];
    }
    if (!/(Failed|TimedOut|Aborted|ExecutionSucceeded)$/.test(event.type)) return [];
    return [[event.timestamp, '', event.type, failureOf(event)]];
  });
}

function failureOf(event: Event): string {
  const details = Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1];
  const { error, cause } = failed.safeParse(details).data ?? {};
  return [error, cause === undefined ? undefined : messageOfCause(cause)].filter(Boolean).join(': ');
}
