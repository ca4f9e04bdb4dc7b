import type { ConsumerEntry } from './config.ts';
import { consumerOf } from './consumers.ts';
import type { AuditRecord, RotationRecord } from './rotation.ts';
import type { OpenRun } from './run.ts';
import type { StepDeps } from './step.ts';
import { workloadOf } from './workload.ts';

/** Whose restart brings a consumer's copy into use. */
export type Restarting =
  | { readonly by: 'itself'; readonly isStarted: boolean }
  /** A restart of the same workload that began after this copy was written. */
  | { readonly by: 'another'; readonly record: RotationRecord; readonly consumer: string }
  /** Rotations of the same fleet that will write a copy for the same workload, which then restarts once for all. */
  | { readonly by: 'nobody yet'; readonly waitsFor: string };

/** Longer than this a copy is not kept waiting for those of others. */
const PATIENCE_MS = 60_000;

interface Peer {
  readonly record: RotationRecord;
  readonly consumer: string;
  readonly trail: Trail;
}

/**
 * When the steps for one consumer were taken, as numbers of the audit chain: an intent is on record before its effect, and
 * a delivery after it, so a restart of a higher number than a delivery began when that copy was there.
 */
interface Trail {
  readonly delivered: AuditRecord | undefined;
  readonly intended: AuditRecord | undefined;
  readonly restarted: AuditRecord | undefined;
}

/** Decides it for a run of a fleet; every other restarts for itself. That each consumer is proven afterwards holds either way. */
export async function restartingOf(deps: StepDeps, opened: OpenRun, consumer: string): Promise<Restarting> {
  const peers = opened.run.stage === 'whole' ? await peersOf(deps, opened, consumerOf(opened.entry, consumer)) : [];
  if (peers.length === 0) return { by: 'itself', isStarted: true };
  const { delivered, intended, restarted } = await trailOf(deps, opened.record, consumer);
  if (delivered === undefined) return { by: 'itself', isStarted: true };
  // An intent alone is no restart: its effect may have failed.
  if (isAfter(intended, delivered)) return { by: 'itself', isStarted: isAfter(restarted, intended) };
  const done = peers.find(
    ({ trail }) => isAfter(trail.intended, delivered) && isAfter(trail.restarted, trail.intended),
  );
  if (done !== undefined) return { by: 'another', record: done.record, consumer: done.consumer };
  const late = peers.find(({ record, trail }) => isComing(record) && trail.delivered === undefined);
  const isPatient = deps.clock.now() - Date.parse(delivered.time) < PATIENCE_MS;
  if (late !== undefined && isPatient) return { by: 'nobody yet', waitsFor: late.record.secretId };
  return { by: 'itself', isStarted: false };
}

const isAfter = (one: AuditRecord | undefined, other: AuditRecord | undefined): boolean =>
  one !== undefined && other !== undefined && one.seq > other.seq;

const isComing = ({ status, direction, stage }: RotationRecord): boolean =>
  status === 'RUNNING' && direction === 'forward' && stage === 'whole';

async function peersOf(deps: StepDeps, { record }: OpenRun, consumer: ConsumerEntry): Promise<Peer[]> {
  const fleet = (await deps.ledger.request(record.ticket))?.fleet;
  const members = fleet === undefined ? [] : ((await deps.ledger.fleet(fleet))?.members ?? []);
  const found = members
    .filter(({ rotationId }) => rotationId !== record.rotationId)
    .flatMap(({ rotationId, secretId }) => {
      const same = deps.config.secrets
        .get(secretId)
        ?.consumers.find((other) => workloadOf(other) !== undefined && workloadOf(other) === workloadOf(consumer));
      return same === undefined ? [] : [{ rotationId, name: same.name }];
    });
  const peers = await Promise.all(
    found.map(async ({ rotationId, name }): Promise<Peer[]> => {
      const other = await deps.ledger.rotation(rotationId);
      return other === undefined ? [] : [{ record: other, consumer: name, trail: await trailOf(deps, other, name) }];
    }),
  );
  return peers.flat();
}

async function trailOf(deps: StepDeps, { rotationId }: RotationRecord, consumer: string): Promise<Trail> {
  const records = await deps.ledger.auditRecords({ rotationId });
  const last = (step: string, outcome: string) =>
    records.findLast((it) => it.step === `${step}:${consumer}:next` && it.outcome === outcome);
  return {
    delivered: last('propagate', 'delivered'),
    intended: last('restart', 'intended'),
    restarted: last('restart', 'restarting'),
  };
}
