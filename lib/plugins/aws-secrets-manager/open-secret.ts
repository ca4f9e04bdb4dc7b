import { RotationError } from '../../core/errors.ts';
import { untilSeen } from '../aws/until-seen.ts';
import { type Entry, type Live, readLive } from './entry.ts';
import { CURRENT } from './labels.ts';

/** AWS makes the first version of a secret the current one, whatever its label: it is therefore empty. */
const EMPTY = '{}';
const FIRST_ID = 'keyturn-first-version-without-any-value';

/** A secret that has a current version: created, or given one, where it is missing. @throws ConfigInvalid */
export async function openSecret(entry: Entry): Promise<Live> {
  const { api, name, settings, clock } = entry;
  const found = await readLive(entry);
  if (found !== undefined) {
    refuseWithoutReplicas(entry, found);
    return found;
  }
  const secret = { text: EMPTY, kmsKeyId: settings.kmsKeyId, replicas: settings.replicas };
  if ((await api.describe(name)) === undefined) await api.create(name, secret);
  else await api.put(name, FIRST_ID, EMPTY, [CURRENT]);
  return untilSeen(clock, `secret ${name}`, () => readLive(entry));
}

/** Before anything is changed: a region without a replica will never be in step. */
function refuseWithoutReplicas({ settings, name }: Entry, { described }: Live): void {
  const lacking = settings.replicas.filter((region) => !described.replicas.has(region));
  if (lacking.length === 0) return;
  throw new RotationError('ConfigInvalid', {
    subject: `secret ${name}`,
    detail: `it has no replica in ${lacking.join(', ')}: replicate it there, or take the region out of replicas`,
  });
}
