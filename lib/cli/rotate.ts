import { z } from 'zod';
import type { SecretEntry } from '../core/config.ts';
import { secretTypeOf } from '../core/plan.ts';
import { admit } from '../local/requests.ts';
import { actorShape, claimOf } from './claim.ts';
import { type Context, defineCommand } from './command.ts';
import { driveRotations } from './drive-rotations.ts';
import { EXIT, type ExitCode, gravest } from './exit-codes.ts';
import { type Host, withHost } from './host.ts';
import { type Outcome, outcomesOf } from './outcome.ts';
import { showPlans } from './plan.ts';
import { reportOutcomes } from './report-outcomes.ts';
import { fleetShape, rotateFleet } from './rotate-fleet.ts';
import { select, selectionShape } from './selection.ts';

const options = z.object({
  ...selectionShape,
  ...actorShape,
  reason: z.string().default(''),
  dryRun: z.boolean().default(false),
  wait: z.boolean().default(true),
  ...fleetShape,
});
type Options = z.output<typeof options>;

/** Rotates the selected secrets: those named some at a time, those of a filter as a fleet. */
export const rotate = defineCommand(options, (context, given) =>
  withHost(context, async (host) => {
    const entries = await select(given, host.local.deps());
    if (entries.length === 0) {
      context.output.answer({ rotations: [] }, () => 'nothing to rotate: no secret fits the selection');
      return EXIT.done;
    }
    if (given.dryRun) return showPlans(context, host, entries, claimOf(given, context));
    if (!(await confirmed(context, entries))) return EXIT.usage;
    return given.secret.length > 0
      ? rotateNamed(context, host, entries, given)
      : rotateFleet(context, host, entries, given);
  }),
);

async function confirmed({ output, globals }: Context, entries: readonly SecretEntry[]): Promise<boolean> {
  if (entries.length < 2 || globals.yes || !output.interactive) return true;
  output.note(`${entries.length} secrets:\n${entries.map(({ id }) => `  ${id}`).join('\n')}`);
  return output.confirm('Rotate all of them?');
}

/** Every request is checked and written down before the first begins. */
async function rotateNamed(
  context: Context,
  host: Host,
  entries: readonly SecretEntry[],
  given: Options,
): Promise<ExitCode> {
  const claim = claimOf(given, context);
  for (const entry of entries) secretTypeOf(entry, host.catalog);
  const admitted = await Promise.all(
    entries.map(({ id }) => admit(host.local, { secretId: id, reason: given.reason, claim })),
  );
  const outcomes: Outcome[] = [];
  for (const wanted of batches(admitted, given.concurrency ?? 1)) {
    const { settled, interrupted } = await driveRotations(context, host, {
      wanted,
      wait: given.wait,
      whenHeld: 'wait',
    });
    outcomes.push(...(await outcomesOf(host.local, wanted, settled)));
    if (interrupted) break;
  }
  const left = entries.length - outcomes.length;
  if (left > 0) context.output.note(`${left} not begun`);
  return gravest([await reportOutcomes(context, host, outcomes), left > 0 ? EXIT.waiting : EXIT.done]);
}

function batches<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
