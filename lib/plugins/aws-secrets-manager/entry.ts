import { RotationError } from '../../core/errors.ts';
import type { Clock, SecretRef } from '../../core/ports.ts';
import type { Fields } from '../../core/secret.ts';
import { untilSeen } from '../aws/until-seen.ts';
import { type EntryRecord, readRecord, recordName, type StoredMap, valuesOf } from '../entries/entry-record.ts';
import { withMembers } from './json-members.ts';
import { CURRENT, labelled } from './labels.ts';
import { readMap } from './map-text.ts';
import type { Described, SecretsApi } from './secrets-api.ts';
import type { SecretsManagerSettings } from './settings.ts';

/** One secret of ours as a part of a secret of AWS, and the service in which it lies. */
export interface Entry {
  readonly ref: SecretRef;
  /** Of the secret of AWS. */
  readonly name: string;
  readonly api: SecretsApi;
  readonly replicas: readonly SecretsApi[];
  readonly settings: SecretsManagerSettings;
  readonly clock: Clock;
}

/** @throws ConfigInvalid for a path that is no name of a secret */
export function nameOf({ path }: SecretRef, prefix: string): string {
  const name = prefix + path;
  if (/^[\w/+=.@-]{1,512}$/.test(name)) return name;
  throw new RotationError('ConfigInvalid', {
    subject: `path ${path}`,
    detail: 'a secret of AWS is named by letters, digits and /_+=.@-, 512 at most',
  });
}

export const isoNow = ({ clock }: Entry): string => new Date(clock.now()).toISOString();

/** What lies at a version of AWS. */
export interface Held {
  readonly id: string;
  readonly text: string;
  readonly data: StoredMap;
  /** What it says of the entry. */
  readonly record: EntryRecord | undefined;
}

/** What a secret of AWS is now. */
export interface Live extends Held {
  readonly described: Described;
}

/** @throws ConfigInvalid where what lies there is no JSON object */
export async function readHeld(entry: Entry, id: string): Promise<Held> {
  const { api, name, ref, clock } = entry;
  const text = await untilSeen(clock, `version ${id} of ${name}`, () => api.value(name, id));
  const data = readMap(text, name);
  return { id, text, data, record: readRecord(ref, data) };
}

/** Undefined where there is no secret, or none with a value. Its version is asked for by id: a reply of before is not taken for it. */
export async function readLive(entry: Entry): Promise<Live | undefined> {
  const described = await entry.api.describe(entry.name);
  if (described === undefined) return undefined;
  const id = labelled(described, CURRENT);
  return id === undefined ? undefined : { ...(await readHeld(entry, id)), described };
}

/** The values that a version of AWS holds for the version that its record names. */
export const valuesIn = (ref: SecretRef, { data, record }: Held): Fields => valuesOf(ref, record?.names ?? [], data);

/** Bytes; the limit of the service. */
const LARGEST = 65_536;

/**
 * The map with the values of an entry and its record in place of those before; all else as it stands.
 *
 * @throws InputInvalid for more than a secret of AWS can hold
 */
export function textWith({ ref, name }: Entry, live: Held, values: Fields, record: EntryRecord): string {
  const gone = (live.record?.names ?? []).filter((own) => !Object.hasOwn(values, own));
  const set = Object.fromEntries([...Object.entries(values), [recordName(ref), JSON.stringify(record)]]);
  const text = withMembers(live.text, set, gone);
  const bytes = Buffer.byteLength(text);
  if (bytes <= LARGEST) return text;
  throw new RotationError('InputInvalid', {
    subject: `value for ${name}`,
    detail: `with the fields beside it and the previous value it takes ${bytes} bytes, of ${LARGEST} at most`,
  });
}
