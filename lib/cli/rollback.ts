import { z } from 'zod';
import { choiceFor, findRotation, sendOn } from '../local/recovery.ts';
import { actorShape, claimOf } from './claim.ts';
import { defineCommand } from './command.ts';
import { driveRotations } from './drive-rotations.ts';
import { EXIT } from './exit-codes.ts';
import { agreed, rollbackText } from './explain.ts';
import { withHost } from './host.ts';
import { outcomesOf } from './outcome.ts';
import { reportOutcomes } from './report-outcomes.ts';

const options = z.object({ ...actorShape, run: z.string(), reason: z.string().default('') });

/** Sends an unfinished rotation back; after the pivot that is refused. The exit code says whether it went back. */
export const rollback = defineCommand(options, (context, given) =>
  withHost(context, async (host) => {
    const { local } = host;
    const choice = await choiceFor(local, await findRotation(local, given.run));
    if (!choice.pastPivot && !(await agreed(context, rollbackText(choice)))) return EXIT.waiting;
    const wanted = [await sendOn(local, choice, 'back', claimOf(given, context), given.reason)];
    const { settled } = await driveRotations(context, host, { wanted, wait: false, whenHeld: 'wait' });
    const outcomes = await outcomesOf(local, wanted, settled);
    const exit = await reportOutcomes(context, host, outcomes);
    return outcomes.every(({ outcome }) => outcome === 'ROLLED_BACK') ? EXIT.done : exit;
  }),
);
