import { RotationError } from '../../core/errors.ts';
import type { Change } from '../../core/ports.ts';
import type { Fields } from '../../core/secret.ts';
import type { EntryRecord } from '../entries/entry-record.ts';
import { type Entry, isoNow, type Live, readLive, textWith, valuesIn } from './entry.ts';
import { pendingIn, pendingLabel } from './labels.ts';
import { keepPending, putLabelled, readPending, recordAfter } from './pending.ts';
import { moveCurrent } from './secret-at.ts';
import type { Written } from './secrets-api.ts';
import { rehearse, settle } from './settle.ts';

/** How often a change is tried again on fresh state when another writer of the secret came first. */
const TRIES = 20;

/** @throws SecretNotFound, Conflict, Unavailable where a replica is not in step */
export async function promoteVersion(entry: Entry, version: string, expected: string | undefined): Promise<Change> {
  const change = await onFreshState(entry, version, async (live, isFirst) => {
    if (live.record?.version === version) return 'not-applied';
    const values = await readPending(entry, live.described, version);
    const isPrevious = live.record?.previous?.version === version;
    if (values === undefined && !isPrevious) throw notFound(entry, version);
    if (values === undefined || isPrevious || live.record?.version !== expected) throw conflict(entry, version, live);
    if (isFirst) await rehearse(entry, live);
    return makeCurrent(entry, live, version, values, recordAfter(entry, live, version, values));
  });
  await settle(entry, version);
  return change;
}

/** @throws Conflict, Unavailable where a replica is not in step */
export async function demoteVersion(entry: Entry, version: string, previous: string): Promise<Change> {
  const change = await onFreshState(entry, version, async (live, isFirst) => {
    const { record } = live;
    if (record?.version === previous && record.previous?.version !== version) return 'not-applied';
    if (record?.version !== version || record.previous?.version !== previous) throw conflict(entry, version, live);
    if (isFirst) await rehearse(entry, live);
    await keepPending(entry, live, version, valuesIn(entry.ref, live));
    const { values } = record.previous;
    const before = { names: Object.keys(values), version: previous, since: isoNow(entry) };
    return makeCurrent(entry, live, previous, values, before);
  });
  await settle(entry, previous);
  return change;
}

type Attempt = (live: Live, isFirst: boolean) => Promise<Written | 'not-applied'>;

/** Another writer's change of the secret, a sibling's field say, is no reason to give up: only one of this entry is. */
async function onFreshState(entry: Entry, version: string, attempt: Attempt): Promise<Change> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const live = await readLive(entry);
    if (live === undefined) throw notFound(entry, version);
    const result = await attempt(live, tried === 0);
    if (result !== 'taken') return result === 'written' ? 'applied' : 'not-applied';
  }
  throw new RotationError('Conflict', { subject: entry.name, detail: `changed by others ${TRIES} times meanwhile` });
}

/** Puts the whole map beside the current one, labelled against pruning, and moves AWSCURRENT from the one to the other. */
async function makeCurrent(
  entry: Entry,
  live: Live,
  version: string,
  values: Fields,
  record: EntryRecord,
): Promise<Written> {
  const { ref, clock } = entry;
  const there = pendingIn(ref, live.described).find((pending) => pending.version === version);
  const label = there?.label ?? pendingLabel(ref, version, clock.now());
  const id = await putLabelled(entry, version, textWith(entry, live, values, record), label);
  return id === undefined ? 'taken' : moveCurrent(entry, live.id, id);
}

const notFound = ({ name }: Entry, version: string) =>
  new RotationError('SecretNotFound', { subject: name, detail: `version ${version}` });

function conflict({ name }: Entry, version: string, { record }: Live): RotationError {
  const detail = `version ${version} was to change places; the current one is ${record?.version ?? 'none'}`;
  return new RotationError('Conflict', { subject: name, detail });
}
