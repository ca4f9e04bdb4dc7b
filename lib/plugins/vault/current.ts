import { RotationError } from '../../core/errors.ts';
import type { Change } from '../../core/ports.ts';
import type { Fields } from '../../core/secret.ts';
import { type EntryRecord, recordName, type StoredMap, valuesOf, versionsIn } from '../entries/entry-record.ts';
import { type Entry, type Live, readLive } from './entry.ts';
import { markLive } from './marks.ts';
import { AGAIN, FIRST, instead, NEEDS, type Need, refuseUnlessAllowed } from './needs.ts';
import { keepPending, readPending } from './pending.ts';

/** How often a change is tried again on fresh state when another writer of the path came first. */
const TRIES = 20;

/** @throws SecretNotFound, Conflict */
export async function promoteVersion(entry: Entry, version: string, expected: string | undefined): Promise<Change> {
  const values = await readPending(entry, version);
  const change = await onFreshState(entry, async (live, isFirst) => {
    if (live.record?.version === version) return 'not-applied';
    if (values === undefined && live.record?.previous?.version !== version) throw notFound(entry, version);
    if (values === undefined || live.record?.version !== expected) throw conflict(entry, version, live);
    if (isFirst) await refuseUnlessAllowed(entry, version, instead(NEEDS.promote, writeOf(live)));
    return writeCurrent(entry, live, values, recordAfter(entry, live, version, values));
  });
  await settle(entry);
  await entry.kv.destroy(entry.places.pending(version));
  return change;
}

/** @throws Conflict */
export async function demoteVersion(entry: Entry, version: string, previous: string): Promise<Change> {
  const change = await onFreshState(entry, async (live, isFirst) => {
    const { record, data } = live;
    if (record?.version === previous && record.previous?.version !== version) return 'not-applied';
    if (record?.version !== version || record.previous?.version !== previous) throw conflict(entry, version, live);
    if (isFirst) await refuseUnlessAllowed(entry, version, NEEDS.demote);
    await keepPending(entry, version, valuesOf(entry.ref, record.names, data ?? {}));
    const { values } = record.previous;
    return writeCurrent(entry, live, values, { names: Object.keys(values), version: previous, since: entry.now() });
  });
  await settle(entry);
  return change;
}

type Attempt = (live: Live, isFirst: boolean) => Promise<'written' | 'moved' | 'not-applied'>;

/** Another writer's change of the path, a sibling's field say, is no reason to give up: only one of this entry is. */
async function onFreshState(entry: Entry, attempt: Attempt): Promise<Change> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const result = await attempt(await readLive(entry), tried === 0);
    if (result !== 'moved') return result === 'written' ? 'applied' : 'not-applied';
  }
  throw new RotationError('Conflict', {
    subject: entry.ref.path,
    detail: `changed by others ${TRIES} times meanwhile`,
  });
}

const writeOf = ({ data, number }: Live): Need =>
  data !== undefined ? NEEDS.promote[1] : number === 0 ? FIRST : AGAIN;

/** One write: the values, the record, and null for each name that this entry no longer has; all else stays. */
function writeCurrent({ ref, kv, places }: Entry, live: Live, values: Fields, record: EntryRecord) {
  const own: StoredMap = { ...fromEntries(values), [recordName(ref)]: JSON.stringify(record) };
  if (live.data === undefined) return kv.create(places.live, own, live.number);
  const gone = (live.record?.names ?? []).filter((name) => !Object.hasOwn(values, name));
  return kv.patch(places.live, { ...Object.fromEntries(gone.map((name) => [name, null])), ...own }, live.number);
}

const fromEntries = (values: Fields): StoredMap => Object.fromEntries(Object.entries(values));

function recordAfter(entry: Entry, { record, data }: Live, version: string, values: Fields): EntryRecord {
  const next = { names: Object.keys(values), version, since: entry.now() };
  if (record === undefined) return next;
  const kept = valuesOf(entry.ref, record.names, data ?? {});
  return { ...next, previous: { version: record.version, since: next.since, values: kept } };
}

/** Brings the mark in step; a change that was cut off before it left it behind. */
async function settle(entry: Entry): Promise<void> {
  const { record, number } = await readLive(entry);
  await entry.kv.mark(entry.places.live, markLive(entry.ref, number, versionsIn(record)));
}

const notFound = ({ ref }: Entry, version: string) =>
  new RotationError('SecretNotFound', { subject: ref.path, detail: `version ${version}` });

function conflict({ ref }: Entry, version: string, { record }: Live): RotationError {
  const detail = `version ${version} was to change places; the current one is ${record?.version ?? 'none'}`;
  return new RotationError('Conflict', { subject: ref.path, detail });
}
