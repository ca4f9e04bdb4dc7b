import { RotationError } from '../../core/errors.ts';
import type { Change } from '../../core/ports.ts';
import { type Fields, Secret } from '../../core/secret.ts';
import { untilSeen } from '../aws/until-seen.ts';
import { type EntryRecord, entryId } from '../entries/entry-record.ts';
import { type Entry, isoNow, type Live, readHeld, readLive, textWith, valuesIn } from './entry.ts';
import { CURRENT, PENDING, pendingIn, pendingLabel } from './labels.ts';
import { openSecret } from './open-secret.ts';
import { putVersion } from './secret-at.ts';
import type { Described } from './secrets-api.ts';

/** @throws VersionConflict when the id holds another value */
export async function stageVersion(entry: Entry, version: string, values: Fields): Promise<Change> {
  const live = await openSecret(entry);
  const held = heldIn(entry, live, version);
  if (held === undefined) return keepPending(entry, live, version, values);
  refuseOther(entry, version, held, values);
  return 'not-applied';
}

/** A version's values where it is the current or the previous one. */
export function heldIn({ ref }: Entry, live: Live, version: string): Fields | undefined {
  if (live.record?.version === version) return valuesIn(ref, live);
  return live.record?.previous?.version === version ? live.record.previous.values : undefined;
}

/** Writes a pending version unless it is there. Its text is the whole map as it would be, as rotations of AWS have it. */
export async function keepPending(entry: Entry, live: Live, version: string, values: Fields): Promise<Change> {
  const there = await readPending(entry, live.described, version);
  if (there === undefined) {
    const label = pendingLabel(entry.ref, version, entry.clock.now());
    const text = textWith(entry, live, values, recordAfter(entry, live, version, values));
    if ((await putLabelled(entry, version, text, label)) !== undefined) return 'applied';
  }
  refuseOther(entry, version, there ?? (await readOthers(entry, version)), values);
  return 'not-applied';
}

/** Writes a version of AWS for a version of ours, under its label. @returns its id; undefined where another writer took it first */
export const putLabelled = (entry: Entry, version: string, text: string, label: string): Promise<string | undefined> =>
  putVersion(entry, { prefix: `${version}-${entryId(entry.ref)}-`, text, labels: [label, PENDING] });

export function recordAfter(entry: Entry, live: Live, version: string, values: Fields): EntryRecord {
  const { record } = live;
  const next = { names: Object.keys(values), version, since: isoNow(entry) };
  if (record === undefined) return next;
  const kept = { version: record.version, since: next.since, values: valuesIn(entry.ref, live) };
  return { ...next, previous: kept };
}

/** Undefined where there is none. */
export async function readPending(entry: Entry, described: Described, version: string): Promise<Fields | undefined> {
  const found = pendingIn(entry.ref, described).find((pending) => pending.version === version);
  if (found === undefined) return undefined;
  const held = await readHeld(entry, found.id);
  if (held.record?.version === version) return valuesIn(entry.ref, held);
  throw new RotationError('ValueCorrupt', {
    subject: entry.name,
    detail: `version ${found.id} does not hold ${version}`,
  });
}

/** What another writer of the same version wrote. */
const readOthers = (entry: Entry, version: string): Promise<Fields> =>
  untilSeen(entry.clock, `version ${version} of ${entry.name}`, async () => {
    const live = await readLive(entry);
    return live && readPending(entry, live.described, version);
  });

function refuseOther({ name }: Entry, version: string, held: Fields, values: Fields): void {
  if (Secret.of(held).equals(Secret.of(values))) return;
  throw new RotationError('VersionConflict', { subject: name, detail: `version ${version}` });
}

/** @throws Conflict for a version that is current or previous */
export async function discardVersion(entry: Entry, version: string): Promise<Change> {
  const live = await readLive(entry);
  const { record } = live ?? {};
  if (record?.version === version || record?.previous?.version === version) {
    const detail = `version ${version} is ${record.version === version ? 'current' : 'previous'}`;
    throw new RotationError('Conflict', { subject: entry.name, detail });
  }
  return live === undefined ? 'not-applied' : dropPending(entry, live.described, version);
}

/** Takes the labels from a pending version: without them it is nobody's, and AWS prunes it. */
export async function dropPending(entry: Entry, described: Described, version: string): Promise<Change> {
  const { api, name, ref, clock } = entry;
  const found = pendingIn(ref, described).filter((pending) => pending.version === version);
  for (const { id, label } of found) {
    const own = described.labels.get(id) ?? [];
    if (own.includes(PENDING) && !own.includes(CURRENT)) await api.move(name, PENDING, id);
    await api.move(name, label, id);
  }
  if (found.length === 0) return 'not-applied';
  return untilSeen(clock, `${name} without version ${version}`, async () => {
    const now = await api.describe(name);
    return now && pendingIn(ref, now).some((pending) => pending.version === version) ? undefined : 'applied';
  });
}
