import { isRotationError, RotationError } from '../../core/errors.ts';
import type { Credential, Versions } from '../../core/ports.ts';
import { fromStored } from '../../core/stored-fields.ts';
import { type EntryVersions, versionsIn } from '../entries/entry-record.ts';
import { type Entry, readHeld, readLive } from './entry.ts';
import { CURRENT, labelled, pendingIn } from './labels.ts';
import { readMark } from './marks.ts';
import { heldIn, readPending } from './pending.ts';
import type { Described } from './secrets-api.ts';

/** @throws SecretNotFound */
export async function readVersion(entry: Entry, wanted: string): Promise<Credential> {
  const live = await readLive(entry);
  const version = wanted === 'current' ? live?.record?.version : wanted;
  if (live === undefined || version === undefined) throw notFound(entry, wanted);
  const values = heldIn(entry, live, version) ?? (await readPending(entry, live.described, version));
  if (values === undefined) throw notFound(entry, wanted);
  return { version, value: fromStored(entry.ref, values) };
}

const notFound = ({ name }: Entry, version: string): RotationError =>
  new RotationError('SecretNotFound', { subject: name, detail: `version ${version}` });

/** States without values where the marks are in step, so that a step that may see no value can ask. */
export async function versionsOf(entry: Entry): Promise<Versions> {
  const described = await entry.api.describe(entry.name);
  if (described === undefined) return { pending: [] };
  const held = await heldVersions(entry, described);
  const taken = [held.current?.version, held.previous?.version];
  const pending = pendingIn(entry.ref, described).filter(({ version }) => !taken.includes(version));
  return {
    ...held,
    pending: pending.map(({ version, since }) => ({ version, since: new Date(since).toISOString() })),
  };
}

async function heldVersions(entry: Entry, described: Described): Promise<EntryVersions> {
  const id = labelled(described, CURRENT);
  const mark = readMark(entry.ref, described);
  if (id === undefined) return {};
  if (mark?.id === id) return mark.versions;
  try {
    return versionsIn((await readHeld(entry, id)).record);
  } catch (error) {
    if (isRotationError(error, 'AccessDenied') && mark !== undefined) return mark.versions;
    throw error;
  }
}
