import { castVote } from '../core/approvals.ts';
import { isRotationError, RotationError } from '../core/errors.ts';
import type { ApprovalRecord, Vote } from '../core/rotation.ts';
import { audit } from '../core/run.ts';
import { runOf } from './ended.ts';
import { type Claim, identify } from './identity.ts';
import type { Local } from './local.ts';

export interface Ballot {
  readonly id: string;
  readonly decision: Vote['decision'];
  readonly reason: string;
  /** The digest that the voter has seen. */
  readonly digest: string;
  readonly claim: Claim;
}

/**
 * Casts one vote. What is refused is recorded, too.
 *
 * @throws ApprovalRefused, ApprovalExpired, AccessDenied
 */
export async function vote(local: Local, ballot: Ballot): Promise<ApprovalRecord> {
  const record = await local.ledger.approval(ballot.id);
  if (record === undefined)
    throw new RotationError('ApprovalRefused', {
      subject: `approval ${ballot.id}`,
      detail: 'there is none of this id',
    });
  try {
    const cast = await castSigned(local, record, ballot);
    await note(local, record, ballot, { outcome: 'voted', actor: cast.votes.at(-1)?.person ?? '' });
    return cast;
  } catch (error) {
    if (!isRotationError(error)) throw error;
    await note(local, record, ballot, { outcome: 'refused', error: error.name, actor: ballot.claim.as ?? '' });
    throw error;
  }
}

/** Counts the vote, once more from fresh state when another one came in between. */
async function castSigned(local: Local, record: ApprovalRecord, ballot: Ballot): Promise<ApprovalRecord> {
  const { decision, reason, digest, claim } = ballot;
  const config = local.config();
  const person = identify(claim, { approval: record.id, decision, digest }, config);
  if (record.seats.length > 0 && person.proof !== 'signed') {
    throw new RotationError('AccessDenied', {
      subject: `approval ${record.id}`,
      detail: 'this vote needs --as and --key',
    });
  }
  const now = local.clock.now();
  const mine: Vote = { person: person.name, decision, reason, at: new Date(now).toISOString(), proof: person.proof };
  const counted = castVote(record, mine, { now, people: config.people, digest });
  try {
    return await local.ledger.saveApproval(counted, record.revision);
  } catch (error) {
    const fresh = isRotationError(error, 'Conflict') ? await local.ledger.approval(record.id) : undefined;
    if (fresh === undefined) throw error;
    return castSigned(local, fresh, ballot);
  }
}

interface Noted {
  readonly outcome: string;
  readonly actor: string;
  readonly error?: string;
}

async function note(
  local: Local,
  { id, rotationId }: ApprovalRecord,
  { decision }: Ballot,
  noted: Noted,
): Promise<void> {
  const record = await local.ledger.rotation(rotationId);
  if (record === undefined) return;
  await audit(
    local.deps(),
    { run: runOf(record), record },
    { step: 'vote', item: `${id}:${local.ids.uuid()}`, decision, ...noted },
  );
}
