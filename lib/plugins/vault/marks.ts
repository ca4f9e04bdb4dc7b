import { z } from 'zod';
import { jsonText } from '../../core/json-text.ts';
import type { SecretRef } from '../../core/ports.ts';
import { type EntryVersions, entryId } from '../entries/entry-record.ts';
import type { Metadata } from './kv.ts';

/**
 * What custom metadata says, for readers that may see no value. It is written after the value, so that it may be behind;
 * the number tells whether it is.
 */

const info = z.strictObject({ version: z.string(), since: z.string() });
const liveMark = z.strictObject({ number: z.int(), current: info.optional(), previous: info.optional() });
const pendingMark = z.strictObject({ entry: z.string(), since: z.string() });

const liveName = (ref: SecretRef): string => `keyturn.${entryId(ref)}`;
const PENDING_NAME = 'keyturn';

/** @param number - the KV engine's number of the value that this is about */
export function markLive(ref: SecretRef, number: number, versions: EntryVersions): Readonly<Record<string, string>> {
  return { [liveName(ref)]: JSON.stringify({ number, ...versions }) };
}

export function markPending(ref: SecretRef, since: string): Readonly<Record<string, string>> {
  return { [PENDING_NAME]: JSON.stringify({ entry: entryId(ref), since }) };
}

export interface LiveMark {
  readonly versions: EntryVersions;
  /** Whether nothing was written since. */
  readonly isFresh: boolean;
}

export function readLiveMark(ref: SecretRef, { custom, number }: Metadata): LiveMark | undefined {
  const parsed = parse(liveMark, custom[liveName(ref)]);
  if (parsed === undefined) return undefined;
  const { current, previous } = parsed;
  return {
    versions: { ...(current && { current }), ...(previous && { previous }) },
    isFresh: parsed.number === number,
  };
}

/** Undefined for a pending value whose stage was cut off before its mark. */
export const readPendingMark = ({ custom }: Metadata) => parse(pendingMark, custom[PENDING_NAME]);

function parse<Schema extends z.ZodType>(schema: Schema, text: unknown): z.output<Schema> | undefined {
  return z.string().pipe(jsonText).pipe(schema).safeParse(text).data;
}
