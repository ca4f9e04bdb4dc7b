import { headText, verifyChain } from '../../lib/core/audit-chain.ts';
import { versionIdOf } from '../../lib/core/names.ts';
import type { RotationRecord } from '../../lib/core/rotation.ts';
import { isRefusedAfterwards } from '../../lib/core/stages.ts';
import { nameOf } from '../../lib/local/recovery.ts';
import { acceptableIn } from '../../lib/plugins/keyring/ring.ts';
import { hasRing, isLeaf, ringIn } from './harness/kinds.ts';
import { accepts, entryOf, flowOf, type Moment, records } from './invariants.ts';

/** @returns what is wrong, or undefined */
type EndCheck = (moment: Moment) => string | undefined;

/** What must hold once nothing goes on any more, by the number that the protocol gives it. */
export const ENDS: Readonly<Record<string, EndCheck>> = {
  I5: (moment) => {
    const { site } = moment;
    if (site.exhausted) return 'it goes in circles';
    const open = site.process.engine.list().find(({ status }) => status === 'RUNNING');
    if (open !== undefined) return `${open.name} still runs`;
    if (site.book.locks.size > 0) return `${[...site.book.locks.keys()].join(', ')} stays locked`;
    const uncleanRecord = first(records(moment), (record) => uncleanEnd(moment, record) ?? otherEnd(moment, record));
    return uncleanRecord ?? uncleanStore(moment) ?? uncleanTarget(moment);
  },

  I8: (moment) =>
    first(records(moment), (record) => {
      if (record.status !== 'ROLLED_BACK' || !isLast(moment, record)) return undefined;
      if (!accepts(moment, record.previous)) return `OLD is refused after ${record.rotationId} went back`;
      if (!isRefusedAfterwards(flowOf(record), record.stage)) return undefined;
      const alive = ([1, 2] as const)
        .map((generation) => versionIdOf(record.secretId, record.ticket, generation, record.stage))
        .find((version) => accepts(moment, version));
      return alive && `NEW ${alive} logs in after ${record.rotationId} went back`;
    }),

  I20: (moment) => {
    const { local } = moment.site;
    const verifySignature = (head: Parameters<typeof headText>[0] & { readonly signature: string }) =>
      local.keys.verify(headText(head), head.signature);
    const [finding] = verifyChain(local.ledger.rawChain().records, {
      head: local.ledger.rawChain().head,
      verifySignature,
    });
    return finding
      ? `${finding.seq}: ${finding.problem}`
      : first(records(moment), (record) => unrecorded(moment, record));
  },
};

const first = <T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined =>
  items.map(find).find((found) => found !== undefined);

/** What is true at the end is the doing of the last rotation of each secret. */
const isLast = (moment: Moment, record: RotationRecord) =>
  records(moment).findLast(({ secretId }) => secretId === record.secretId) === record;

/** In a clean end store, target and every consumer are on one version, and nothing else is live. */
function uncleanEnd(moment: Moment, record: RotationRecord): string | undefined {
  const { status, closedAt, rotationId, secretId } = record;
  if (closedAt === undefined || !['COMMITTED', 'ROLLED_BACK'].includes(status)) return `${rotationId} ended ${status}`;
  if (!isLast(moment, record)) return undefined;
  const [wanted, other] =
    status === 'COMMITTED' ? [record.version, record.previous] : [record.previous, record.version];
  const entry = entryOf(moment, secretId);
  const { current } = moment.site.world.store.shelf(entry.path);
  if (current?.version !== wanted) return `${status}, and the store has ${current?.version}`;
  if (!accepts(moment, wanted)) return `${status}, and the target refuses ${wanted}`;
  if (record.stage === 'whole' && accepts(moment, other)) return `${status}, and the target takes ${other}`;
  const strayed = entry.consumers
    .filter(({ waived }) => waived === undefined)
    .map(({ name }) => moment.site.world.consumer(name))
    .find(({ copy, running }) => copy.version !== wanted || running.version !== wanted);
  return strayed && `${status}, and ${strayed.name} is on ${strayed.copy.version}/${strayed.running.version}`;
}

/** The execution must have ended as its rotation did. */
function otherEnd({ site }: Moment, record: RotationRecord): string | undefined {
  const execution = site.process.engine.execution(nameOf(record));
  const end = execution?.status === 'SUCCEEDED' ? 'COMMITTED' : END_OF[execution?.error ?? ''];
  return end === record.status
    ? undefined
    : `${record.status}, and its execution ended ${execution?.status} ${execution?.error}`;
}

const END_OF: Readonly<Record<string, RotationRecord['status']>> = { RolledBack: 'ROLLED_BACK' };

function uncleanStore(moment: Moment): string | undefined {
  const { config, world } = moment.site;
  const entry = [...config.secrets.values()].find(({ path }) => world.store.shelf(path).pending.length > 0);
  return entry && `something is pending at ${entry.path}`;
}

/** The target accepts the keys and the certificates of the store, and no others. */
function uncleanTarget({ site: { config, world } }: Moment): string | undefined {
  const wanted = [...config.secrets.values()]
    .map(({ path }) => world.store.shelf(path).current?.fields ?? {})
    .flatMap((fields) => {
      if (isLeaf(fields)) return [fields.serial ?? ''];
      return hasRing(fields) ? acceptableIn(ringIn(fields)).map(({ kid }) => kid) : [];
    })
    .toSorted();
  const shown = [...world.ring.published.keys(), ...world.leaves].toSorted();
  return shown.join() === wanted.join()
    ? undefined
    : `the target takes ${shown.join()} and the store has ${wanted.join()}`;
}

/** What a committed rotation must have left a record of. */
const MILESTONES = ['begin', 'generate', 'install', 'store', 'pivot', 'retire', 'finish'];

function unrecorded({ site: { book } }: Moment, { rotationId, status }: RotationRecord): string | undefined {
  if (status !== 'COMMITTED') return undefined;
  const steps = book.audits.filter((it) => it.rotationId === rotationId).flatMap(({ step }) => step.split(':'));
  const missing = MILESTONES.find((step) => !steps.includes(step));
  return missing && `nothing is recorded of ${missing}`;
}
