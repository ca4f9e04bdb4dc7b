import { z } from 'zod';
import type { EngineEvent } from '../asl/engine.ts';
import { messageOfCause, parsedJson } from './cause.ts';
import { STATE_WORDS } from './state-words.ts';

/** Something in a rotation that is worth telling. */
export interface Moment {
  readonly execution: string;
  readonly kind: 'entered' | 'error' | 'ended';
  readonly state: string;
  /** The consumer, inside a fan-out. */
  readonly consumer: string | undefined;
  readonly words: string;
}

const entered = z.looseObject({ stateEnteredEventDetails: z.looseObject({ name: z.string(), input: z.string() }) });
const failed = z.looseObject({
  taskFailedEventDetails: z.looseObject({ error: z.string(), cause: z.string().default('') }),
});
const item = z.looseObject({ consumer: z.string() });

/** Reads an engine's events in order; answers with what is worth telling, if anything. */
export function momentReader(): (event: EngineEvent) => Moment | undefined {
  const consumers = new Map<string, string>();
  return ({ execution: { name: execution }, path, event }) => {
    const itemKey = `${execution}${path.slice(0, path.lastIndexOf('/'))}`;
    const told = (kind: Moment['kind'], state: string, words: string): Moment => ({
      execution,
      kind,
      state,
      words,
      consumer: consumers.get(itemKey),
    });
    if (path === '' && event.type !== 'ExecutionStarted') return told('ended', '', event.type);
    const entry = entered.safeParse(event).data?.stateEnteredEventDetails;
    if (entry !== undefined) {
      const consumer = isItem(path) ? item.safeParse(parsedJson(entry.input)).data?.consumer : undefined;
      if (consumer !== undefined) consumers.set(itemKey, consumer);
      const words = STATE_WORDS[entry.name];
      return words === undefined ? undefined : told('entered', entry.name, words);
    }
    const failure = failed.safeParse(event).data?.taskFailedEventDetails;
    return failure === undefined
      ? undefined
      : told('error', stateOf(path), `${failure.error}: ${messageOfCause(failure.cause)}`);
  };
}

/** Whether a path lies in a branch of a fan-out: `/Propagate#1[0]/Put#1`. */
const isItem = (path: string): boolean => path.lastIndexOf('/') > 0;

const stateOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/#\d+$/, '');
