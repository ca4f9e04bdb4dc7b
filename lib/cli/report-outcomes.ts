import { anchorAudit } from './anchor-audit.ts';
import type { Context } from './command.ts';
import { type ExitCode, gravest } from './exit-codes.ts';
import type { Host } from './host.ts';
import { type Outcome, outcomeText } from './outcome.ts';

/** Tells how rotations ended, in one document or as text, and anchors the audit chain. */
export async function reportOutcomes(context: Context, host: Host, outcomes: readonly Outcome[]): Promise<ExitCode> {
  const { output } = context;
  output.answer(
    { rotations: outcomes },
    () => outcomes.map((each) => outcomeText(each, output.paint)).join('\n\n') || 'nothing is unfinished',
  );
  await anchorAudit(host);
  return gravest(outcomes.map(({ exit }) => exit));
}
