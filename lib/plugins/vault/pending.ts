import { isRotationError, RotationError } from '../../core/errors.ts';
import type { Change, SecretRef, VersionInfo } from '../../core/ports.ts';
import { type Fields, Secret } from '../../core/secret.ts';
import { entryId, valuesOf } from '../entries/entry-record.ts';
import { type Entry, type Live, readLive } from './entry.ts';
import { markPending, readPendingMark } from './marks.ts';
import { NEEDS, refuseUnlessAllowed } from './needs.ts';

/** @throws VersionConflict when the id holds another value */
export async function stageVersion(entry: Entry, version: string, values: Fields): Promise<Change> {
  await refuseUnlessAllowed(entry, version, NEEDS.stage);
  const held = heldIn(entry.ref, await readLive(entry), version);
  if (held === undefined) return keepPending(entry, version, values);
  refuseOther(entry.ref, version, held, values);
  return 'not-applied';
}

/** A version's values where it is the current or the previous one. */
export function heldIn(ref: SecretRef, { record, data }: Live, version: string): Fields | undefined {
  if (record?.version === version) return valuesOf(ref, record.names, data ?? {});
  return record?.previous?.version === version ? record.previous.values : undefined;
}

/** Writes a pending value unless it is there, and its mark, which a stage that was cut off left out. */
export async function keepPending(entry: Entry, version: string, values: Fields): Promise<Change> {
  const { kv, places, ref } = entry;
  const place = places.pending(version);
  const there = (await readPending(entry, version)) ?? (await createPending(entry, version, values));
  if (there !== undefined) refuseOther(ref, version, there, values);
  const metadata = await kv.metadata(place);
  if (metadata !== undefined && readPendingMark(metadata) === undefined) {
    await kv.mark(place, markPending(ref, entry.now()));
  }
  return there === undefined ? 'applied' : 'not-applied';
}

/**
 * The token may create and not update: of two at the same moment the second is refused, or finds the path taken.
 *
 * @returns what the other one wrote; undefined when ours was written
 */
async function createPending(entry: Entry, version: string, values: Fields): Promise<Fields | undefined> {
  const place = entry.places.pending(version);
  const result = await entry.kv.create(place, values, 0).catch((error: unknown) => error);
  if (result === 'written') return undefined;
  if (result !== 'moved' && !isRotationError(result, 'AccessDenied')) throw result;
  const there = await readPending(entry, version);
  if (there !== undefined) return there;
  throw result === 'moved'
    ? new RotationError('Conflict', { subject: place, detail: 'it was deleted by hand' })
    : result;
}

/** Undefined where there is none. */
export async function readPending({ kv, places, ref }: Entry, version: string): Promise<Fields | undefined> {
  const { data } = await kv.read(places.pending(version));
  return data && valuesOf(ref, Object.keys(data), data);
}

function refuseOther({ path }: SecretRef, version: string, held: Fields, values: Fields): void {
  if (Secret.of(held).equals(Secret.of(values))) return;
  throw new RotationError('VersionConflict', { subject: path, detail: `version ${version}` });
}

/** @throws Conflict for a version that is current or previous */
export async function discardVersion(entry: Entry, version: string): Promise<Change> {
  const { record } = await readLive(entry);
  if (record?.version === version || record?.previous?.version === version) {
    const detail = `version ${version} is ${record.version === version ? 'current' : 'previous'}`;
    throw new RotationError('Conflict', { subject: entry.ref.path, detail });
  }
  const place = entry.places.pending(version);
  if ((await entry.kv.metadata(place)) === undefined) return 'not-applied';
  await entry.kv.destroy(place);
  return 'applied';
}

/** The pending versions of this entry, and those of nobody: a stage that was cut off tells not whose it is. */
export async function pendingVersions(entry: Entry): Promise<readonly VersionInfo[]> {
  const { kv, places, ref } = entry;
  const listed = (await kv.list(places.folder)).filter((name) => !name.endsWith('/'));
  const found = await Promise.all(
    listed.map(async (version): Promise<VersionInfo[]> => {
      const metadata = await kv.metadata(places.pending(version));
      if (metadata === undefined || metadata.number === 0) return [];
      const mark = readPendingMark(metadata);
      if (mark !== undefined && mark.entry !== entryId(ref)) return [];
      return [{ version, since: mark?.since ?? new Date(metadata.created).toISOString() }];
    }),
  );
  return found.flat();
}
