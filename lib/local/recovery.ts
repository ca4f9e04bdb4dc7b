import { RotationError } from '../core/errors.ts';
import type { ApprovalRecord, RotationRecord } from '../core/rotation.ts';
import { isPastPivot } from '../core/stages.ts';
import { tryAcquireEngineLock } from './engine-lock.ts';
import type { Claim } from './identity.ts';
import type { Local } from './local.ts';
import { type Admitted, admitted } from './requests.ts';
import { vote } from './voting.ts';

/** `wait` answers a quiet rule past its deadline: look again. */
export type Direction = 'forward' | 'back' | 'wait';

/** What a person can do for a rotation that does not go on by itself. */
export interface Choice {
  readonly record: RotationRecord;
  /** `answer`: a question is open and is answered; `restart`: its execution has ended, and a new one goes on from the ledger. */
  readonly way: 'answer' | 'restart' | 'drive';
  /** The approval to answer. */
  readonly question: string | undefined;
  readonly kind: ApprovalRecord['kind'] | undefined;
  readonly pastPivot: boolean;
}

/** Finds a rotation by its id or the name of its execution. @throws InputInvalid */
export async function findRotation(local: Local, id: string): Promise<RotationRecord> {
  const byId = await local.ledger.rotation(id);
  if (byId !== undefined) return byId;
  const record = (await local.ledger.rotations({})).find(
    ({ execution }) => execution === id || execution.endsWith(`:${id}`),
  );
  if (record === undefined)
    throw new RotationError('InputInvalid', {
      subject: `rotation ${id}`,
      detail: 'there is none; `keyturn history` lists them',
    });
  return record;
}

/** Rotations that have neither ended nor go on: after a crash, a ctrl-C, a quarantine. */
export async function unfinished(local: Local): Promise<RotationRecord[]> {
  return (await local.ledger.rotations({ status: ['RUNNING', 'WAITING', 'QUARANTINED'] })).filter(
    ({ closedAt }) => closedAt === undefined,
  );
}

/** @throws PolicyRefused for a rotation that has ended */
export async function choiceFor(local: Local, record: RotationRecord): Promise<Choice> {
  if (record.closedAt !== undefined) {
    throw new RotationError('PolicyRefused', {
      subject: `rotation ${record.rotationId}`,
      detail: `it ended ${record.status} at ${record.closedAt}`,
    });
  }
  const open = (await local.ledger.approvals({ rotationId: record.rotationId, status: ['open'] })).filter(
    ({ kind }) => kind !== 'plan',
  );
  // An execution that the store has not heard of was cut off at its start: the journal knows it, or it starts again.
  const running = (local.events.execution(nameOf(record))?.status ?? 'RUNNING') === 'RUNNING';
  const way = open.length > 0 && running ? 'answer' : running ? 'drive' : 'restart';
  return {
    record,
    way,
    question: open.at(-1)?.id,
    kind: open.at(-1)?.kind,
    pastPivot: isPastPivot(record),
  };
}

const onlyForward = ({ rotationId }: RotationRecord) =>
  new RotationError('PolicyRefused', {
    subject: `rotation ${rotationId}`,
    detail: 'the old credential may be revoked already: it only goes forward, with `keyturn resume`',
  });

export const nameOf = ({ execution }: RotationRecord): string => execution.split(':').at(-1) ?? execution;

/**
 * Sends a rotation on. After the pivot the only way is forward.
 *
 * @returns the execution to drive
 */
export async function sendOn(
  local: Local,
  choice: Choice,
  direction: Direction,
  claim: Claim,
  reason: string,
): Promise<Admitted> {
  const { record, way, question, pastPivot } = choice;
  if (direction === 'back' && pastPivot) throw onlyForward(record);
  const request = await local.ledger.request(record.ticket);
  if (request === undefined) throw new RotationError('TicketUnknown', { subject: `ticket ${record.ticket}` });
  if (way === 'answer' && question !== undefined) {
    await vote(local, { id: question, decision: direction, reason, digest: record.digest, claim });
    return admitted(request, record.type, record.attempt);
  }
  if (way === 'drive' && direction !== 'back') return admitted(request, record.type, record.attempt);
  const next = admitted(request, record.type, record.attempt + 1);
  if (direction === 'back') await turnBack(local, record, next);
  return next;
}

/**
 * Hands the rotation to its next execution, which begins by going back. The higher fence refuses every step that the
 * one before it may still do.
 *
 * @throws EngineBusy while a process drives it: a step of that one may be on its way to the pivot
 */
async function turnBack(local: Local, record: RotationRecord, next: Admitted): Promise<void> {
  const lock = tryAcquireEngineLock(local.dataDir);
  if ('heldBy' in lock) {
    const detail = `process ${lock.heldBy} drives it; interrupt that one first`;
    throw new RotationError('EngineBusy', { subject: `rotation ${record.rotationId}`, detail });
  }
  try {
    await takeOver(local, (await local.ledger.rotation(record.rotationId)) ?? record, next);
  } finally {
    lock.release();
  }
}

/**
 * The record is the next execution's before the locks are: whoever drives on after a kill in between begins that one,
 * which takes the locks by itself.
 */
async function takeOver(local: Local, record: RotationRecord, next: Admitted): Promise<void> {
  if (isPastPivot(record)) throw onlyForward(record);
  const { rotationId, locks } = record;
  const execution = `${record.execution.slice(0, -nameOf(record).length)}${next.execution}`;
  const handedOver: RotationRecord = {
    ...record,
    execution,
    attempt: record.attempt + 1,
    direction: 'back',
    status: 'RUNNING',
    updatedAt: new Date(local.clock.now()).toISOString(),
  };
  await local.ledger.saveRotation(handedOver);
  const fence = await local.ledger.acquireLocks(locks, { rotationId, execution });
  await local.ledger.saveRotation({ ...handedOver, fence });
}
