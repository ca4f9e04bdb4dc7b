import { isRotationError, RotationError } from '../../core/errors.ts';
import type { Credential, Versions } from '../../core/ports.ts';
import type { Fields, Secret } from '../../core/secret.ts';
import { fromStored } from '../../core/stored-fields.ts';
import { type EntryVersions, versionsIn } from '../entries/entry-record.ts';
import { type Entry, readLive } from './entry.ts';
import { readLiveMark } from './marks.ts';
import { heldIn, pendingVersions, readPending } from './pending.ts';

/** @throws SecretNotFound */
export async function readVersion(entry: Entry, wanted: string): Promise<Credential> {
  const live = await readLive(entry);
  const version = wanted === 'current' ? live.record?.version : wanted;
  if (version === undefined) throw notFound(entry, wanted, live.data !== undefined);
  const values = heldIn(entry.ref, live, version) ?? (await readPending(entry, version));
  if (values === undefined) throw notFound(entry, wanted, false);
  return { version, value: credentialOf(entry, values) };
}

const credentialOf = ({ ref }: Entry, values: Fields): Secret => fromStored(ref, values);

function notFound({ ref }: Entry, version: string, hasOthers: boolean): RotationError {
  const detail = `version ${version}${hasOthers ? '; what lies there was not stored by Keyturn' : ''}`;
  return new RotationError('SecretNotFound', { subject: ref.path, detail });
}

/** States without values where the marks are in step, so that a step that may see no value can ask. */
export async function versionsOf(entry: Entry): Promise<Versions> {
  const [held, listed] = await Promise.all([heldVersions(entry), pendingVersions(entry)]);
  const taken = [held.current?.version, held.previous?.version];
  return { ...held, pending: listed.filter(({ version }) => !taken.includes(version)) };
}

async function heldVersions(entry: Entry): Promise<EntryVersions> {
  const metadata = await entry.kv.metadata(entry.places.live);
  if (metadata === undefined) return {};
  const mark = readLiveMark(entry.ref, metadata);
  if (mark?.isFresh) return mark.versions;
  try {
    return versionsIn((await readLive(entry)).record);
  } catch (error) {
    if (isRotationError(error, 'AccessDenied') && mark !== undefined) return mark.versions;
    throw error;
  }
}
