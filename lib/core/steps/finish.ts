import { z } from 'zod';
import { RotationError } from '../errors.ts';
import type { Versions } from '../ports.ts';
import type { RunRef } from '../rotation.ts';
import { audit, isoNow, type OpenRun, openRun, reach } from '../run.ts';
import { defineStep, type StepDeps } from '../step.ts';
import { failureInput, runInput } from './schemas.ts';

const outcome = z.enum(['COMMITTED', 'ROLLED_BACK', 'QUARANTINED']);
type Outcome = z.infer<typeof outcome>;

/** What the store must look like for an end to be clean. */
const CLEAN: Record<Outcome, (versions: Versions, run: RunRef) => boolean> = {
  COMMITTED: ({ current, pending }, run) => current?.version === run.version && pending.length === 0,
  ROLLED_BACK: ({ current, pending }, run) => current?.version === run.previous && pending.length === 0,
  QUARANTINED: () => true,
};

export const finish = defineStep({
  name: 'finish',
  summary: 'Seals the record of the run and frees its locks, or keeps them where a person is needed.',
  input: runInput.extend({ outcome, failure: failureInput.optional() }),
  output: z.strictObject({ status: outcome }),
  opens: ['backend'],
  run: async (deps, { run, outcome: status, failure }) => {
    const ended = await endOf(deps, run);
    if (ended !== undefined) return { status: ended };
    const opened = await openRun(deps, run);
    if (!CLEAN[status](await versionsFor(deps, status, opened), opened.run)) {
      throw new RotationError('Conflict', { subject: run.secretId, detail: `the store does not show a ${status} run` });
    }
    await audit(deps, opened, { step: 'finish', outcome: status, error: failure?.error ?? '' });
    const why = failure === undefined ? {} : { failure: { error: failure.error, cause: failure.cause.slice(0, 2000) } };
    if (status === 'QUARANTINED') {
      await reach(deps, opened, opened.record.phase, { status, ...why });
      return { status };
    }
    await reach(deps, opened, 'closed', { status, closedAt: isoNow(deps), ...why });
    await deps.ledger.releaseLocks(run.rotationId, run.fence);
    return { status };
  },
});

/** A run that has closed has closed, whatever became of the reply: its locks are let go, and no other end is written over it. */
async function endOf(deps: StepDeps, run: RunRef): Promise<Outcome | undefined> {
  const record = await deps.ledger.rotation(run.rotationId);
  if (record?.closedAt === undefined || record.fence !== run.fence) return undefined;
  await deps.ledger.releaseLocks(run.rotationId, run.fence);
  return outcome.parse(record.status);
}

/** In quarantine the store may be what is down: it is not asked. */
async function versionsFor(deps: StepDeps, status: Outcome, { entry, ref }: OpenRun): Promise<Versions> {
  return status === 'QUARANTINED' ? { pending: [] } : (await deps.open.backend(entry)).versions(ref);
}
