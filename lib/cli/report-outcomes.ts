import { anchorAudit } from './anchor-audit.ts';
import type { Context } from './command.ts';
import { type ExitCode, gravest } from './exit-codes.ts';
import type { Host } from './host.ts';
import { type Outcome, outcomeText } from './outcome.ts';

/** What there is to say of all together, where they are a fleet. */
export interface Whole {
  readonly document: object;
  readonly text: string;
}

/** Tells how rotations ended, in one document or as text, and anchors the audit chain. */
export async function reportOutcomes(
  context: Context,
  host: Host,
  outcomes: readonly Outcome[],
  whole?: Whole,
): Promise<ExitCode> {
  const { output } = context;
  const texts = outcomes.map((each) => outcomeText(each, output.paint));
  output.answer(
    { ...whole?.document, rotations: outcomes },
    () => [...texts, ...(whole === undefined ? [] : [whole.text])].join('\n\n') || 'nothing is unfinished',
  );
  await anchorAudit(host);
  return gravest(outcomes.map(({ exit }) => exit));
}
