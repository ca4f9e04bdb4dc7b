import { type Entry, type Live, readLive } from './entry.ts';
import { marksOf } from './marks.ts';
import { dropPending } from './pending.ts';
import { replicasInStep } from './replicas.ts';

/** What follows a change of places, also one that was cut off there: marks, the label of what is no longer pending, replicas. */
export async function settle(entry: Entry, version: string): Promise<void> {
  const live = await readLive(entry);
  if (live === undefined) return;
  await mark(entry, live);
  await dropPending(entry, live.described, version);
  await replicasInStep(entry, live.id);
}

/** The last parts of {@link settle} as the state is before: a role that lacks them is told so while nothing is changed yet. */
export async function rehearse({ api, name, ref, replicas }: Entry, { id, data }: Live): Promise<void> {
  await api.tag(name, marksOf(ref, id, data));
  await Promise.all(replicas.map((replica) => replica.describe(name)));
}

async function mark({ api, name, ref }: Entry, { id, data, described }: Live): Promise<void> {
  const behind = Object.entries(marksOf(ref, id, data)).filter(([tag, text]) => described.tags.get(tag) !== text);
  if (behind.length > 0) await api.tag(name, Object.fromEntries(behind));
}
