import type { SecretRef } from '../../core/ports.ts';
import { type EntryRecord, type EntryVersions, entryId, recordsIn, type StoredMap } from '../entries/entry-record.ts';
import type { Described } from './secrets-api.ts';

/**
 * Tags that say which versions a secret holds, for readers that may see no value. They are written after the value, so that
 * they may be behind: the id of AWS's version tells whether they are.
 */

const tagName = (entry: string): string => `keyturn.${entry}`;

/** A mark of the entry, which may have no version yet, and of each other one of the map. */
export function marksOf(ref: SecretRef, id: string, data: StoredMap): Readonly<Record<string, string>> {
  const marks = [...recordsIn(data)].map(([entry, record]) => [tagName(entry), markText(id, record)]);
  return Object.fromEntries([[tagName(entryId(ref)), id], ...marks]);
}

function markText(id: string, { version, since, previous }: EntryRecord): string {
  const both = [{ version, since }, ...(previous ? [previous] : [])];
  return [id, ...both.map((each) => `${each.version}@${Date.parse(each.since)}`)].join(' ');
}

export interface Mark {
  /** AWS's version that it is about. */
  readonly id: string;
  readonly versions: EntryVersions;
}

const PATTERN = /^(\S+)(?: (\w+)@(\d+))?(?: (\w+)@(\d+))?$/;

export function readMark(ref: SecretRef, { tags }: Described): Mark | undefined {
  const match = PATTERN.exec(tags.get(tagName(entryId(ref))) ?? '');
  if (match === null) return undefined;
  const [, id = '', version, since, before, beforeSince] = match;
  const current = version === undefined ? {} : { current: { version, since: isoOf(since) } };
  const previous = before === undefined ? {} : { previous: { version: before, since: isoOf(beforeSince) } };
  return { id, versions: { ...current, ...previous } };
}

const isoOf = (epochMs: string | undefined): string => new Date(Number(epochMs)).toISOString();
