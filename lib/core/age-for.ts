import type { SecretEntry } from './config.ts';
import { currentSince } from './current-since.ts';
import { type Age, ageOf } from './due.ts';
import { refOf } from './run.ts';
import type { StepDeps } from './step.ts';

/** The age of a secret now, by its backend and the ledger. */
export async function ageFor(entry: SecretEntry, deps: StepDeps): Promise<Age> {
  const { current } = await (await deps.open.backend(entry)).versions(refOf(entry));
  return ageOf({
    entry,
    since: current && (await currentSince(deps, entry.id, current)),
    policy: deps.config.policy[entry.classification],
    type: deps.catalog.secretTypes.find(({ name }) => name === entry.type),
    now: deps.clock.now(),
  });
}

/** Whether policy wants it rotated. */
export const isDue = async (entry: SecretEntry, deps: StepDeps): Promise<boolean> =>
  ['due', 'overdue'].includes((await ageFor(entry, deps)).state);
