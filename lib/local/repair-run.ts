import type { SecretEntry } from '../core/config.ts';
import { readHeld } from '../core/drift.ts';
import { RotationError } from '../core/errors.ts';
import type { Ledger } from '../core/ledger.ts';
import type { Clock } from '../core/ports.ts';
import type { RotationRecord, RunRef } from '../core/rotation.ts';
import { locksOf } from '../core/run-locks.ts';
import { steps } from '../core/steps/index.ts';
import { makeHandler } from '../runtime/handler.ts';
import { type Local, noCallbacks } from './local.ts';

const PREFIX = 'repair-';

export const isRepair = (rotationId: string): boolean => rotationId.startsWith(PREFIX);

/** A run that brings the current version once more: no rotation, and so no record among them. */
export interface Repair {
  readonly run: RunRef;
  readonly record: RotationRecord;
  readonly clock: Clock;
  /** Calls a step for one consumer, as a flow would. */
  step(name: string, consumer: string, more?: Readonly<Record<string, string>>): Promise<unknown>;
}

/** Takes the locks of a rotation. @throws LockHeld, SecretNotFound */
export async function newRepair(local: Local, entry: SecretEntry): Promise<Repair> {
  const rotationId = `${PREFIX}${local.ids.uuid()}`;
  const locks = locksOf(entry, local.catalog);
  const fence = await local.ledger.acquireLocks(locks, { rotationId, execution: rotationId });
  try {
    return await repairOf(local, entry, { rotationId, locks, fence });
  } catch (error) {
    await local.ledger.releaseLocks(rotationId, fence);
    throw error;
  }
}

type Locked = Pick<RotationRecord, 'rotationId' | 'locks' | 'fence'>;

async function repairOf(local: Local, entry: SecretEntry, locked: Locked): Promise<Repair> {
  const { current, previous } = await readHeld(local.deps(), entry);
  const { rotationId, fence } = locked;
  const record = recordOf(entry, locked, current.version, previous?.version ?? current.version, local.clock.now());
  const { type, version, generation, stage } = record;
  const run = {
    rotationId,
    secretId: entry.id,
    type,
    fence,
    version,
    generation,
    previous: record.previous,
    stage,
    turn: 0,
  };
  const services = { ...local.services(noCallbacks), ledger: withRecord(local.ledger, record) };
  return {
    run,
    record,
    clock: local.clock,
    step: async (name, consumer, more = {}) => {
      const step = steps.find((candidate) => candidate.name === name);
      if (step === undefined) throw new RotationError('InternalError', { subject: `step ${name}` });
      return makeHandler(step, services)({ run, consumer, side: 'next', ...more });
    },
  };
}

function recordOf(entry: SecretEntry, locked: Locked, version: string, previous: string, now: number): RotationRecord {
  const at = new Date(now).toISOString();
  return {
    ...locked,
    ticket: locked.rotationId,
    secretId: entry.id,
    type: entry.type,
    classification: entry.classification,
    execution: locked.rotationId,
    attempt: 1,
    status: 'RUNNING',
    phase: 'stored',
    direction: 'forward',
    version,
    generation: 1,
    previous,
    stage: 'whole',
    digest: '',
    consumers: entry.consumers.map(({ name }) => name),
    startedAt: at,
    updatedAt: at,
  };
}

/** The ledger, in which the record of this run lies in memory: everything else, fences too, is the real one. */
function withRecord(ledger: Ledger, first: RotationRecord): Ledger {
  let record = first;
  return {
    ...ledger,
    rotation: async (id) => (id === record.rotationId ? record : ledger.rotation(id)),
    advance: async (id, fence, patch) => {
      if (id !== record.rotationId) return ledger.advance(id, fence, patch);
      await ledger.checkFence(id, fence);
      record = { ...record, ...patch };
      return record;
    },
  };
}
