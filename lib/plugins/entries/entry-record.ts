import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import type { SecretRef, VersionInfo } from '../../core/ports.ts';
import type { Fields } from '../../core/secret.ts';
import { storedNames } from '../../core/stored-fields.ts';

/** What lies under a path: names to values, of which those of other writers may be anything. */
export type StoredMap = Readonly<Record<string, unknown>>;

const PREFIX = '_keyturn.';

/** Sets an entry apart from others on its path, by the names of its fields; 12 hex digits. */
export const entryId = (ref: SecretRef): string =>
  createHash('sha256')
    .update(JSON.stringify(storedNames(ref)))
    .digest('hex')
    .slice(0, 12);

/** The field beside the values that says which version they are; each entry of a path has its own. */
export const recordName = (ref: SecretRef): string => `${PREFIX}${entryId(ref)}`;

const fields = z.custom<Fields>(
  (value) =>
    typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string'),
);
const info = z.strictObject({ version: z.string(), since: z.string() });
const record = info.extend({
  /** The names that this entry owns at the path. */
  names: z.array(z.string()),
  previous: info.extend({ values: fields }).optional(),
});

/** What a path says of one entry: written in one step with its values, so that neither is ever without the other. */
export type EntryRecord = z.output<typeof record>;

const recordText = z.string().pipe(jsonText).pipe(record);

/** Undefined where Keyturn has stored nothing yet. @throws ValueCorrupt for one that is not ours any more */
export function readRecord(ref: SecretRef, data: StoredMap | undefined): EntryRecord | undefined {
  const name = recordName(ref);
  if (data === undefined || !Object.hasOwn(data, name)) return undefined;
  const parsed = recordText.safeParse(data[name]);
  if (parsed.success) return parsed.data;
  throw new RotationError('ValueCorrupt', { subject: ref.path, detail: `field ${name} was changed by another writer` });
}

/** What all entries of a path say, by their ids; another writer's damage to one is none of the others'. */
export function recordsIn(data: StoredMap): ReadonlyMap<string, EntryRecord> {
  const found = Object.entries(data).flatMap(([name, text]): [string, EntryRecord][] => {
    const parsed = name.startsWith(PREFIX) ? recordText.safeParse(text) : undefined;
    return parsed?.success ? [[name.slice(PREFIX.length), parsed.data]] : [];
  });
  return new Map(found);
}

/** The values of the named fields. @throws ValueCorrupt where one is gone or no text */
export function valuesOf(ref: SecretRef, names: readonly string[], data: StoredMap): Fields {
  return Object.fromEntries(names.map((name) => [name, textOf(ref, name, data)]));
}

function textOf(ref: SecretRef, name: string, data: StoredMap): string {
  const value = Object.hasOwn(data, name) ? data[name] : undefined;
  if (typeof value === 'string') return value;
  const detail = `another writer has ${value === undefined ? 'removed' : 'changed'} field ${name}`;
  throw new RotationError('ValueCorrupt', { subject: ref.path, detail });
}

/** What the server cannot keep as it is is refused, never altered. @throws InputInvalid */
export function refuseUnstorable(ref: SecretRef, values: Fields): void {
  const isHalf = (text: string) => Buffer.from(text).toString() !== text;
  for (const [name, text] of Object.entries(values)) {
    if (name.startsWith(PREFIX)) throw unstorable(ref, `a field's name may not begin with ${PREFIX}`);
    if (isHalf(name) || isHalf(text)) throw unstorable(ref, 'a field holds half a character, which JSON cannot carry');
  }
}

const unstorable = (ref: SecretRef, detail: string) =>
  new RotationError('InputInvalid', { subject: `value for ${ref.path}`, detail });

export interface EntryVersions {
  readonly current?: VersionInfo;
  readonly previous?: VersionInfo;
}

export function versionsIn(found: EntryRecord | undefined): EntryVersions {
  if (found === undefined) return {};
  const { version, since, previous } = found;
  const before = previous && { previous: { version: previous.version, since: previous.since } };
  return { current: { version, since }, ...before };
}
