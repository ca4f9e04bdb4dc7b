import { z } from 'zod';
import type { RotationRecord } from '../core/rotation.ts';
import { type Choice, choiceFor, findRotation, nameOf, sendOn, unfinished } from '../local/recovery.ts';
import { actorShape, claimOf } from './claim.ts';
import { type Context, defineCommand } from './command.ts';
import { driveRotations } from './drive-rotations.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { agreed, resumeText } from './explain.ts';
import { type Host, withHost } from './host.ts';
import { outcomesOf, standingOf } from './outcome.ts';
import { reportOutcomes } from './report-outcomes.ts';

const options = z.object({
  ...actorShape,
  run: z.string().optional(),
  reason: z.string().default(''),
  withoutQuiet: z.boolean().default(false),
  wait: z.boolean().default(true),
});
type Options = z.output<typeof options>;

/** Goes on with what a crash or ctrl-C cut off, and, where the run is named, forward out of a question or a quarantine. */
export const resume = defineCommand(options, (context, given) =>
  withHost(context, (host) =>
    given.run === undefined ? resumeAll(context, host) : resumeOne(context, host, given.run, given),
  ),
);

/** Takes the engine, which goes on with everything that is in its journal; questions to people stay open. */
async function resumeAll(context: Context, host: Host): Promise<ExitCode> {
  const { local } = host;
  const before = await unfinished(local);
  const choices = (await Promise.all(before.map((record) => cutOff(host, record)))).flat();
  const wanted = await Promise.all(choices.map((choice) => sendOn(local, choice, 'forward', claimOf({}, context), '')));
  const { seen } = await driveRotations(context, host, { wanted, wait: false, whenHeld: 'wait' });
  const ids = new Set(before.map(({ rotationId }) => rotationId));
  const touched = (await local.ledger.rotations({})).filter((it) => ids.has(it.rotationId) || seen.has(nameOf(it)));
  return reportOutcomes(context, host, await Promise.all(touched.map((record) => standingOf(local, record))));
}

/** What was cut off goes on by itself; an execution that ended without a clean end is a person's to decide. */
async function cutOff({ local }: Host, record: RotationRecord): Promise<Choice[]> {
  const choice = await choiceFor(local, record);
  return choice.way === 'drive' && record.status !== 'QUARANTINED' ? [choice] : [];
}

async function resumeOne(context: Context, host: Host, id: string, given: Options): Promise<ExitCode> {
  const { local } = host;
  const choice = await choiceFor(local, await findRotation(local, id));
  if (!(await agreed(context, await resumeText(local, choice, given.withoutQuiet)))) return EXIT.waiting;
  const direction = choice.kind === 'quiet' && !given.withoutQuiet ? 'wait' : 'forward';
  const wanted = [await sendOn(local, choice, direction, claimOf(given, context), given.reason)];
  const { settled } = await driveRotations(context, host, { wanted, wait: given.wait, whenHeld: 'wait' });
  return reportOutcomes(context, host, await outcomesOf(local, wanted, settled));
}
