import { z } from 'zod';
import { RotationError } from '../core/errors.ts';
import { digestOf, makePlan } from '../core/plan.ts';
import type { ApprovalRecord } from '../core/rotation.ts';
import { actorShape, claimOf } from './claim.ts';
import { type Context, defineCommand, UsageError } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { type Host, withHost } from './host.ts';
import { planText } from './plan-text.ts';
import { planView } from './plan-view.ts';
import { castAndReport, findQuestion } from './voting.ts';

const options = z.object({
  ...actorShape,
  id: z.string(),
  digest: z.string().optional(),
  reason: z.string().default(''),
});

/** A vote for a plan: for the digest that is given, or for the plan that is shown and confirmed. */
export const approve = defineCommand(options, (context, given) =>
  withHost(context, async (host) => {
    const question = await findQuestion(host, given.id);
    const digest = given.digest ?? (await seenDigest(context, host, question));
    if (digest === undefined) return EXIT.waiting;
    const claim = claimOf(given, context);
    return castAndReport(context, host, question, { decision: 'approve', digest, reason: given.reason, claim });
  }),
);

/** The digest of the plan as it is now, once it was seen and agreed to. @throws PlanChanged, UsageError */
async function seenDigest(context: Context, host: Host, question: ApprovalRecord): Promise<string | undefined> {
  await refuseChangedPlan(host, question);
  if (context.globals.yes) return question.digest;
  if (!context.output.interactive)
    throw new UsageError('nobody is there to be asked: give --digest, as `keyturn plan` shows it, or --yes');
  const { local, config } = host;
  const entry = config.secrets.get(question.secretId);
  if (entry !== undefined)
    context.output.note(planText(await planView(entry, question.requester, local.deps()), context.output.paint));
  return (await context.output.confirm('Approve this plan?')) ? question.digest : undefined;
}

async function refuseChangedPlan(
  { local, config, catalog }: Host,
  { id, rotationId, secretId, digest }: ApprovalRecord,
): Promise<void> {
  const entry = config.secrets.get(secretId);
  const record = await local.ledger.rotation(rotationId);
  const request = record === undefined ? undefined : await local.ledger.request(record.ticket);
  if (entry !== undefined && request !== undefined && digestOf(makePlan(entry, request, config, catalog)) === digest)
    return;
  throw new RotationError('PlanChanged', {
    subject: `approval ${id}`,
    detail: `the plan of ${secretId} is another one now`,
  });
}
