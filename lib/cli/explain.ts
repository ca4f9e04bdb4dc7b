import { isRotationError } from '../core/errors.ts';
import type { RotationRecord } from '../core/rotation.ts';
import { openTarget, readSwitch } from '../core/run.ts';
import { runOf } from '../local/ended.ts';
import type { Local } from '../local/local.ts';
import type { Choice } from '../local/recovery.ts';
import { messageOfCause } from './cause.ts';
import { type Context, UsageError } from './command.ts';

/** Says what was found and what will be done, and asks. @throws UsageError where nobody is there to answer */
export async function agreed({ output, globals }: Context, text: string): Promise<boolean> {
  output.note(text);
  if (globals.yes) return true;
  if (!output.interactive) throw new UsageError('nobody is there to be asked: --yes agrees to this');
  return output.confirm('Do that?');
}

const found = ({ rotationId, secretId, phase, status, failure, updatedAt }: RotationRecord): string[] => [
  `rotation ${rotationId} of ${secretId}: ${status}, phase ${phase}, last change ${updatedAt}`,
  ...(failure === undefined ? [] : [`it failed with ${failure.error}: ${messageOfCause(failure.cause)}`]),
];

/** What `keyturn resume` is about to do. */
export async function resumeText(local: Local, choice: Choice, withoutQuiet: boolean): Promise<string> {
  const { record, way, kind, pastPivot } = choice;
  const quiet = withoutQuiet
    ? 'it goes on although the old value may still be in use: who uses it will be refused'
    : 'it looks again whether the old value is in use; --without-quiet goes on without looking';
  const ways = {
    drive: 'it was cut off; it goes on from there',
    answer: kind === 'quiet' ? quiet : 'it waits for a person; it goes forward: what failed is tried again',
    restart: `its execution has ended; a new one goes on ${pastPivot ? 'from the pivot: the old value is retired' : 'from what the ledger says'}`,
  };
  return [...found(record), ...(kind === 'quiet' ? [await quietText(local, record)] : []), ways[way]].join('\n');
}

/** What `keyturn rollback` is about to do. */
export function rollbackText({ record }: Choice): string {
  return [
    ...found(record),
    `it goes back: version ${record.previous} becomes current again, every consumer gets it back and is proven on it,`,
    `then version ${record.version} is removed at the target and forgotten`,
  ].join('\n');
}

/** Who still uses the old value, as the target sees it now. */
export async function quietText(local: Local, record: RotationRecord): Promise<string> {
  try {
    const opened = await openTarget(local.deps(), runOf(record));
    const { quiet, why } = await opened.target.quiet(await readSwitch(opened));
    return quiet ? `the old value is no longer in use: ${why}` : `the old value is still in use: ${why}`;
  } catch (error) {
    if (!isRotationError(error)) throw error;
    return `whether the old value is in use is unknown: ${error.message}`;
  }
}
