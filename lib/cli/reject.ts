import { z } from 'zod';
import { actorShape, claimOf } from './claim.ts';
import { defineCommand } from './command.ts';
import { withHost } from './host.ts';
import { castAndReport, findQuestion } from './voting.ts';

const options = z.object({ ...actorShape, id: z.string(), reason: z.string().min(1) });

/** A vote against a plan: one is enough, and the rotation ends before it has changed anything. */
export const reject = defineCommand(options, (context, given) =>
  withHost(context, async (host) => {
    const question = await findQuestion(host, given.id);
    const claim = claimOf(given, context);
    return castAndReport(context, host, question, {
      decision: 'reject',
      digest: question.digest,
      reason: given.reason,
      claim,
    });
  }),
);
