import { z } from 'zod';
import type { RotationRecord } from '../core/rotation.ts';
import { tryAcquireEngineLock } from '../local/engine-lock.ts';
import { findRotation, unfinished } from '../local/recovery.ts';
import { defineCommand } from './command.ts';
import { EXIT, gravest } from './exit-codes.ts';
import { quietText } from './explain.ts';
import { type Host, withHost } from './host.ts';
import { type Outcome, outcomeText, standingOf } from './outcome.ts';

const options = z.object({ run: z.string().optional() });

/** What is unfinished, who drives it, and what it waits for. Of one run the exit code says how it stands. */
export const status = defineCommand(options, (context, { run }) =>
  withHost(context, async (host) => {
    const { local } = host;
    const records = run === undefined ? await unfinished(local) : [await findRotation(local, run)];
    const standings = await Promise.all(records.map((record) => standing(host, record)));
    const engine = engineHolder(local.dataDir);
    const driven =
      engine === undefined ? 'no process drives this data directory' : `process ${engine} drives this data directory`;
    context.output.answer({ engine: engine ?? null, rotations: standings }, () =>
      [
        driven,
        ...standings.map((it) => withNote(outcomeText(it, context.output.paint), it.note)),
        ...(records.length === 0 ? ['nothing is unfinished'] : []),
      ].join('\n\n'),
    );
    return run === undefined ? EXIT.done : gravest(standings.map(({ exit }) => exit));
  }),
);

const withNote = (text: string, note: string | undefined): string => (note === undefined ? text : `${text}\n  ${note}`);

type Standing = Outcome & { readonly note?: string };

async function standing({ local }: Host, record: RotationRecord): Promise<Standing> {
  const outcome = await standingOf(local, record);
  return outcome.question?.kind === 'quiet' ? { ...outcome, note: await quietText(local, record) } : outcome;
}

/** The process that has the engine; undefined when none has. */
function engineHolder(dataDir: string): number | undefined {
  const lock = tryAcquireEngineLock(dataDir);
  if ('heldBy' in lock) return lock.heldBy;
  lock.release();
  return undefined;
}
