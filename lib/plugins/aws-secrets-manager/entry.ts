import { RotationError } from '../../core/errors.ts';
import type { SecretRef } from '../../core/ports.ts';
import type { Fields } from '../../core/secret.ts';
import { type EntryRecord, readRecord, recordName, valuesOf } from '../entries/entry-record.ts';
import { withMembers } from './json-members.ts';
import { refuseTooLarge } from './map-text.ts';
import { readCurrent, readText, type SecretAt, type VersionText } from './secret-at.ts';
import type { Described, SecretsApi } from './secrets-api.ts';
import type { SecretsManagerSettings } from './settings.ts';

/** One secret of ours as a part of a secret of AWS. */
export interface Entry extends SecretAt {
  readonly ref: SecretRef;
  readonly replicas: readonly SecretsApi[];
  readonly settings: SecretsManagerSettings;
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

/** What lies at a version of AWS, and what it says of the entry. */
export interface Held extends VersionText {
  readonly record: EntryRecord | undefined;
}

/** What a secret of AWS is now. */
export interface Live extends Held {
  readonly described: Described;
}

export async function readHeld(entry: Entry, id: string): Promise<Held> {
  const held = await readText(entry, id);
  return { ...held, record: readRecord(entry.ref, held.data) };
}

export async function readLive(entry: Entry): Promise<Live | undefined> {
  const current = await readCurrent(entry);
  return current && { ...current, record: readRecord(entry.ref, current.data) };
}

/** The values that a version of AWS holds for the version that its record names. */
export const valuesIn = (ref: SecretRef, { data, record }: Held): Fields => valuesOf(ref, record?.names ?? [], data);

/**
 * The map with the values of an entry and its record in place of those before; all else as it stands.
 *
 * @throws InputInvalid for more than a secret of AWS can hold
 */
export function textWith({ ref, name }: Entry, live: Held, values: Fields, record: EntryRecord): string {
  const gone = (live.record?.names ?? []).filter((own) => !Object.hasOwn(values, own));
  const set = Object.fromEntries([...Object.entries(values), [recordName(ref), JSON.stringify(record)]]);
  return refuseTooLarge(withMembers(live.text, set, gone), name);
}
