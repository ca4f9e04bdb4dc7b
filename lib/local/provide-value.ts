import { RotationError } from '../core/errors.ts';
import type { Credential } from '../core/ports.ts';
import type { ApprovalRecord, RotationRecord } from '../core/rotation.ts';
import { entryOf, refOf } from '../core/run.ts';
import type { Secret } from '../core/secret.ts';
import type { Claim } from './identity.ts';
import type { Local } from './local.ts';
import { checkValue } from './store-value.ts';
import { vote } from './voting.ts';

/** A rotation that waits for a value, and the question that it asked. */
export interface Awaiting {
  readonly record: RotationRecord;
  readonly question: ApprovalRecord;
}

/** @throws InputInvalid where no rotation of the secret waits for a value */
export async function awaitingValue(local: Local, secretId: string): Promise<Awaiting> {
  const waiting = (await local.ledger.rotations({ status: ['WAITING'] })).filter((it) => it.secretId === secretId);
  for (const record of waiting) {
    const open = await local.ledger.approvals({ rotationId: record.rotationId, status: ['open'] });
    const question = open.find(({ kind }) => kind === 'value');
    if (question !== undefined) return { record, question };
  }
  throw new RotationError('InputInvalid', {
    subject: secretId,
    detail: 'no rotation of it waits for a value: `keyturn rotate` starts one, `keyturn put` stores a first value',
  });
}

/**
 * Keeps the value that a person made as the pending one of the rotation that waits for it, and answers its question. It is
 * durable before the rotation hears of it, and the rotation finds it in the store: no value travels with the answer.
 *
 * @throws InputInvalid for a value of another form, the old one, or one that the target refuses; VersionConflict
 */
export async function provideValue(
  local: Local,
  { record, question }: Awaiting,
  value: Secret,
  claim: Claim,
): Promise<void> {
  const deps = local.deps();
  const entry = entryOf(deps, record.secretId);
  checkValue(entry, value, deps.catalog);
  const [backend, target] = await Promise.all([deps.open.backend(entry), deps.open.secretType(entry)]);
  const next: Credential = { version: record.version, value };
  refuseOld(await backend.read(refOf(entry), record.previous), next, entry.id);
  if ((await target.probe(next)) === 'refused')
    throw new RotationError('InputInvalid', { subject: entry.id, detail: 'the target refuses this value' });
  await backend.stage(refOf(entry), record.version, value);
  const { id, digest } = question;
  try {
    await vote(local, { id, decision: 'forward', reason: 'provided', digest, claim });
  } catch (error) {
    // A value whose handing over does not count is not left pending; where it counted, the run may be using it.
    const status = (await local.ledger.approval(id))?.status ?? 'open';
    if (['open', 'expired', 'rejected'].includes(status)) await backend.discard(refOf(entry), record.version);
    throw error;
  }
}

/** @throws InputInvalid where some field that should be new is the old one */
function refuseOld(previous: Credential, next: Credential, secretId: string): void {
  const same = next.value.names().filter((name) => next.value.field(name) === previous.value.field(name));
  if (same.length === 0) return;
  throw new RotationError('InputInvalid', { subject: secretId, detail: `the old value of ${same.join(', ')}` });
}
