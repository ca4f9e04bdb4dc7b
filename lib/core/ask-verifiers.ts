import type { ConsumerEntry } from './config.ts';
import type { Verdict, VerifyRequest } from './ports.ts';
import type { StepDeps } from './step.ts';

/** Every verifier of a consumer; the worst verdict is the consumer's. */
export async function askVerifiers(
  { open }: Pick<StepDeps, 'open'>,
  consumer: ConsumerEntry,
  request: VerifyRequest,
): Promise<Verdict> {
  const verdicts: Verdict[] = [];
  for (const plugin of consumer.verify) {
    const { verdict, why } = await (await open.verifier(plugin)).check(request);
    verdicts.push({ verdict, why: `${plugin.use}: ${why}` });
  }
  const worst = (['rejected', 'inconclusive'] as const)
    .map((verdict) => verdicts.find((found) => found.verdict === verdict))
    .find(Boolean);
  return worst ?? { verdict: 'verified', why: verdicts.map((found) => found.why).join('; ') };
}
