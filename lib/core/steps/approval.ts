import { z } from 'zod';
import { quorum } from '../approvals.ts';
import { RotationError } from '../errors.ts';
import { approvalIdOf } from '../names.ts';
import { digestOf, makePlan } from '../plan.ts';
import { type ApprovalRecord, approvalKind, type Vote } from '../rotation.ts';
import { audit, hasReached, isoNow, type OpenRun, openRun, reach } from '../run.ts';
import { isPastPivot } from '../stages.ts';
import { defineStep, type StepDeps } from '../step.ts';
import { runInput } from './schemas.ts';

type Kind = z.infer<typeof approvalKind>;
const decision = z.enum(['approve', 'forward', 'back', 'wait', 'none']);

export const approval = defineStep({
  name: 'approval',
  summary:
    'Parks the run until people have decided, and reads their decision again from the ledger before anything follows.',
  /** With a token: ask. With the id of an approval: confirm what was decided on it. */
  input: runInput.extend({ kind: approvalKind, token: z.string().optional(), approval: z.string().optional() }),
  output: z.strictObject({ decision, pastPivot: z.boolean(), approved: z.boolean() }),
  opens: [],
  run: async (deps, { run, kind, token, approval: id }) => {
    const opened = await openRun(deps, run);
    const stands = { pastPivot: isPastPivot(opened.record), approved: hasReached(opened, 'approved') };
    if (token === undefined) return { decision: await confirm(deps, opened, kind, id ?? ''), ...stands };
    await ask(deps, opened, kind, token);
    return { decision: 'none' as const, ...stands };
  },
});

async function ask(deps: StepDeps, opened: OpenRun, kind: Kind, token: string): Promise<void> {
  const id = await openId(deps, opened, kind);
  const { record, run } = opened;
  const now = deps.clock.now();
  const kept = await deps.ledger.openApproval({
    id,
    kind,
    rotationId: run.rotationId,
    secretId: run.secretId,
    digest: record.digest,
    requester: await requesterOf(deps, opened),
    seats: kind === 'plan' ? [...deps.config.policy[record.classification].seats] : [],
    votes: [],
    openedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + LIFE[kind](deps) * 1000).toISOString(),
    status: 'open',
    sealedToken: await deps.ledger.seal(token),
    revision: 0,
  });
  await reach(deps, opened, record.phase, { status: kind === 'quarantine' ? 'QUARANTINED' : 'WAITING' });
  await audit(deps, opened, { step: 'approval', item: id, outcome: 'asked' });
  if (kept.status === 'granted' || kept.status === 'rejected') await deps.callbacks.succeed(token, { approval: id });
}

/** How long each kind waits, in seconds: below the timeout of its state in the flow. */
const LIFE: Record<Kind, (deps: StepDeps) => number> = {
  plan: ({ config }) => config.approvalExpiry,
  value: () => 7 * 86_400,
  quiet: () => 7 * 86_400,
  quarantine: () => 30 * 86_400,
};

/** A question that was answered and used makes room for a new one of its kind: the rounds count up. */
async function openId(deps: StepDeps, { run }: OpenRun, kind: Kind): Promise<string> {
  const earlier = await deps.ledger.approvals({ rotationId: run.rotationId, status: ['consumed', 'expired'] });
  const round = earlier.filter((record) => record.kind === kind).length;
  return approvalIdOf(run.rotationId, round === 0 ? kind : `${kind}-${round + 1}`, run.fence);
}

async function requesterOf(deps: StepDeps, { record }: OpenRun): Promise<string> {
  return (await deps.ledger.request(record.ticket))?.requester ?? '';
}

/**
 * What was decided, by the ledger's own count: of the task's result only the id is taken. Confirming once more after a
 * crash gives the same answer, and no other run can use it.
 */
async function confirm(deps: StepDeps, opened: OpenRun, kind: Kind, id: string): Promise<z.infer<typeof decision>> {
  const record = await deps.ledger.approval(id);
  if (record === undefined || record.rotationId !== opened.run.rotationId || record.kind !== kind) {
    throw new RotationError('ApprovalRefused', { subject: `approval ${id}`, detail: 'it is not of this run' });
  }
  // A question of a parked run that was turned down is asked anew; a plan that was rejected stays so.
  if (record.status === 'rejected' && kind !== 'plan') await consume(deps, record);
  const votes = await decided(record, deps, opened);
  await consume(deps, record);
  const last = votes.at(-1);
  const outcome = last === undefined || last.decision === 'reject' ? 'none' : last.decision;
  const waived = kind === 'quiet' && outcome === 'forward' ? { quietWaivedBy: last?.person ?? '' } : {};
  const extended = kind === 'quiet' && outcome === 'wait' ? { provenAt: isoNow(deps) } : {};
  await reach(deps, opened, kind === 'plan' ? 'approved' : opened.record.phase, {
    status: 'RUNNING',
    ...waived,
    ...extended,
    ...(kind === 'quarantine' && !isPastPivot(opened.record) && { direction: outcome === 'back' ? 'back' : 'forward' }),
  });
  await audit(deps, opened, {
    step: 'approval',
    item: id,
    outcome: 'confirmed',
    decision: outcome,
    approvals: votes.map(({ person }) => person),
    actor: last?.person ?? '',
  });
  return outcome;
}

async function consume(deps: StepDeps, record: ApprovalRecord): Promise<void> {
  if (record.status === 'consumed') return;
  await deps.ledger.saveApproval({ ...record, status: 'consumed' }, record.revision);
}

/** @throws ApprovalRejected, ApprovalRefused without a quorum, PlanChanged */
async function decided(record: ApprovalRecord, deps: StepDeps, opened: OpenRun): Promise<Vote[]> {
  const subject = `approval ${record.id}`;
  if (record.status === 'rejected') throw new RotationError('ApprovalRejected', { subject });
  if (!['granted', 'consumed'].includes(record.status) || !quorum(record.seats, record.votes, deps.config.people)) {
    throw new RotationError('ApprovalRefused', { subject, detail: `it is ${record.status}` });
  }
  if (record.kind === 'plan') await refuseChangedPlan(record, deps, opened);
  return record.votes;
}

async function refuseChangedPlan(record: ApprovalRecord, deps: StepDeps, opened: OpenRun): Promise<void> {
  const request = await deps.ledger.request(opened.record.ticket);
  if (request !== undefined && digestOf(makePlan(opened.entry, request, deps.config, deps.catalog)) === record.digest)
    return;
  throw new RotationError('PlanChanged', { subject: `approval ${record.id}` });
}
