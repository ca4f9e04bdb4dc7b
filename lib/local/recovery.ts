import { RotationError } from '../core/errors.ts';
import { PHASES, type RotationRecord } from '../core/rotation.ts';
import { audit, readIfThere, refOf } from '../core/run.ts';
import { runOf } from './ended.ts';
import type { Claim } from './identity.ts';
import type { Local } from './local.ts';
import { type Admitted, admitted } from './requests.ts';
import { vote } from './voting.ts';

/** What a person can do for a rotation that does not go on by itself. */
export interface Choice {
  readonly record: RotationRecord;
  /** `answer`: a question is open and is answered; `restart`: its execution has ended, and a new one goes on from the ledger. */
  readonly way: 'answer' | 'restart' | 'drive';
  /** The approval to answer. */
  readonly question: string | undefined;
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
  const running = local.events.execution(nameOf(record))?.status === 'RUNNING';
  const way = open.length > 0 && running ? 'answer' : running ? 'drive' : 'restart';
  return {
    record,
    way,
    question: open.at(-1)?.id,
    pastPivot: PHASES.indexOf(record.phase) >= PHASES.indexOf('retiring'),
  };
}

export const nameOf = ({ execution }: RotationRecord): string => execution.split(':').at(-1) ?? execution;

/**
 * Sends a rotation on. After the pivot the only way is forward.
 *
 * @returns the execution to drive
 */
export async function sendOn(
  local: Local,
  choice: Choice,
  direction: 'forward' | 'back',
  claim: Claim,
  reason: string,
): Promise<Admitted> {
  const { record, way, question, pastPivot } = choice;
  if (direction === 'back' && pastPivot) {
    throw new RotationError('PolicyRefused', {
      subject: `rotation ${record.rotationId}`,
      detail: 'the old credential may be revoked already: it only goes forward, with `keyturn resume`',
    });
  }
  const request = await local.ledger.request(record.ticket);
  if (request === undefined) throw new RotationError('TicketUnknown', { subject: `ticket ${record.ticket}` });
  if (way === 'answer' && question !== undefined)
    await vote(local, { id: question, decision: direction, reason, digest: record.digest, claim });
  if (way !== 'answer' && direction === 'back') await turnBack(local, record);
  const attempt = way === 'restart' ? record.attempt + 1 : record.attempt;
  return admitted(request, record.type, attempt);
}

const turnBack = (local: Local, { rotationId, fence }: RotationRecord) =>
  local.ledger.advance(rotationId, fence, { direction: 'back', updatedAt: new Date(local.clock.now()).toISOString() });

/**
 * Gives a secret free after a person has put things right by hand. A pending version is dropped when the target refuses
 * it; one that logs in may be the live one, and keeps the lock.
 *
 * @throws Conflict
 */
export async function release(
  local: Local,
  secretId: string,
): Promise<{ readonly discarded: string[]; readonly released: string | undefined }> {
  const deps = local.deps();
  const entry = deps.config.secrets.get(secretId);
  if (entry === undefined) throw new RotationError('SecretUnknown', { subject: secretId });
  const [backend, target] = await Promise.all([deps.open.backend(entry), deps.open.secretType(entry)]);
  const { pending } = await backend.versions(refOf(entry));
  for (const { version } of pending) {
    const credential = await readIfThere(backend, refOf(entry), version);
    if (credential !== undefined && (await target.probe(credential)) === 'accepted') {
      throw new RotationError('Conflict', {
        subject: secretId,
        detail: `the pending version ${version} logs in at the target: it may be in use`,
      });
    }
    await backend.discard(refOf(entry), version);
  }
  return { discarded: pending.map(({ version }) => version), released: await freeLock(local, secretId) };
}

async function freeLock(local: Local, secretId: string): Promise<string | undefined> {
  const holder = await local.ledger.lockHolder(`secret:${secretId}`);
  if (holder === undefined) return undefined;
  const record = await local.ledger.rotation(holder.rotationId);
  const now = new Date(local.clock.now()).toISOString();
  if (record !== undefined) {
    await audit(local.deps(), { run: runOf(record), record }, { step: 'release', outcome: 'released' });
    await local.ledger.advance(record.rotationId, record.fence, {
      status: 'QUARANTINED',
      closedAt: now,
      updatedAt: now,
    });
  }
  await local.ledger.releaseLocks(holder.rotationId, holder.fence);
  return holder.rotationId;
}
