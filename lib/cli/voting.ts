import { RotationError } from '../core/errors.ts';
import type { ApprovalRecord } from '../core/rotation.ts';
import { findRotation, nameOf } from '../local/recovery.ts';
import { admitted } from '../local/requests.ts';
import { type Ballot, vote } from '../local/voting.ts';
import { anchorAudit } from './anchor-audit.ts';
import { type Context, UsageError } from './command.ts';
import { driveRotations } from './drive-rotations.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Host } from './host.ts';
import { outcomesOf } from './outcome.ts';
import { reportOutcomes } from './report-outcomes.ts';

/** The question to approvers of this id. @throws InputInvalid, UsageError for another kind of question */
export async function findQuestion({ local }: Host, id: string): Promise<ApprovalRecord> {
  const question = await local.ledger.approval(id);
  if (question === undefined)
    throw new RotationError('InputInvalid', {
      subject: `approval ${id}`,
      detail: '`keyturn approvals` lists the open ones',
    });
  if (question.kind === 'plan') return question;
  const { rotationId } = question;
  throw new UsageError(
    `${id} asks for a way on, not for an approval: use keyturn resume ${rotationId} or keyturn rollback ${rotationId}`,
  );
}

/** Casts a vote. When it decides the matter and no process drives the rotation, this one does. */
export async function castAndReport(
  context: Context,
  host: Host,
  question: ApprovalRecord,
  ballot: Omit<Ballot, 'id'>,
): Promise<ExitCode> {
  const after = await vote(host.local, { ...ballot, id: question.id });
  context.output.note(`vote counted: ${after.votes.length} of ${after.seats.length}, ${after.status}`);
  if (after.status === 'open') {
    const { sealedToken: _credential, ...shown } = after;
    context.output.answer({ approval: shown }, () => `${question.secretId} still waits for ${after.seats.join(' + ')}`);
    await anchorAudit(host);
    return EXIT.done;
  }
  return driveOn(context, host, question.rotationId);
}

/** Drives a rotation on whose question is answered, where no other process does. */
export async function driveOn(context: Context, host: Host, rotationId: string): Promise<ExitCode> {
  const { local } = host;
  const record = await findRotation(local, rotationId);
  const request = await local.ledger.request(record.ticket);
  const wanted = request === undefined ? [] : [admitted(request, record.type, record.attempt)];
  const { settled, leftTo } = await driveRotations(context, host, { wanted, wait: true, whenHeld: 'leave' });
  if (leftTo === undefined) return reportOutcomes(context, host, await outcomesOf(local, wanted, settled));
  context.output.answer(
    { decided: true, rotation: rotationId, drivenBy: leftTo },
    () => `process ${leftTo} goes on with ${nameOf(record)}`,
  );
  return EXIT.done;
}
