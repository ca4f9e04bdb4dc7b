import type { Clock, SecretRef } from '../../core/ports.ts';
import type { Fields, Secret } from '../../core/secret.ts';
import { toStored } from '../../core/stored-fields.ts';
import { type EntryRecord, readRecord, refuseUnstorable } from '../entries/entry-record.ts';
import type { Found, Kv } from './kv.ts';
import { type Places, placesOf } from './places.ts';

/** One secret's part of a path, and the engine in which it lies. */
export interface Entry {
  readonly ref: SecretRef;
  readonly places: Places;
  readonly kv: Kv;
  /** ISO 8601. */
  now(): string;
}

export const entryAt = (ref: SecretRef, kv: Kv, clock: Clock): Entry => ({
  ref,
  places: placesOf(ref.path),
  kv,
  now: () => new Date(clock.now()).toISOString(),
});

export interface Live extends Found {
  readonly record: EntryRecord | undefined;
}

/** What lies at the path now, and what it says of this entry. */
export async function readLive({ ref, places, kv }: Entry): Promise<Live> {
  const found = await kv.read(places.live);
  return { ...found, record: readRecord(ref, found.data) };
}

/** A value as it is to be stored. @throws InputInvalid */
export function storable(ref: SecretRef, value: Secret): Fields {
  const values = toStored(ref, value);
  refuseUnstorable(ref, values);
  return values;
}
