import { z } from 'zod';
import type { SecretEntry } from '../core/config.ts';
import type { Claim } from '../local/identity.ts';
import { claimOf, nameOfClaim } from './claim.ts';
import { type Context, defineCommand } from './command.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Host, withHost } from './host.ts';
import { planText } from './plan-text.ts';
import { hasFlow, planView } from './plan-view.ts';
import { named } from './selection.ts';

const options = z.object({ secret: z.array(z.string()).default([]), as: z.string().optional() });

/** Shows what rotations would do. */
export const plan = defineCommand(options, (context, { secret, as }) =>
  withHost(context, async (host) => {
    const entries = secret.length > 0 ? named(secret, host.config) : [...host.config.secrets.values()].filter(hasFlow);
    return showPlans(context, host, entries, claimOf({ as }, context));
  }),
);

export async function showPlans(
  { output }: Context,
  { local }: Host,
  entries: readonly SecretEntry[],
  claim: Claim,
): Promise<ExitCode> {
  const deps = local.deps();
  const plans = await Promise.all(entries.map((entry) => planView(entry, nameOfClaim(claim), deps)));
  output.answer(
    { plans },
    () => plans.map((each) => planText(each, output.paint)).join('\n\n') || 'no secret has a rotation of its own',
  );
  return EXIT.done;
}
