import { z } from 'zod';
import { RotationError } from '../errors.ts';
import { audit, type OpenTarget, openTarget, reach, readSwitch, unproven } from '../run.ts';
import { isPastPivot } from '../stages.ts';
import { defineStep, type StepDeps } from '../step.ts';
import { change, runInput } from './schemas.ts';

export const retire = defineStep({
  name: 'retire',
  summary: 'The pivot: revokes the old credential at the target and ends its sessions, once everything is proven.',
  input: runInput,
  output: z.strictObject({ change }),
  opens: ['backend', 'secretType'],
  run: async (deps, { run }) => {
    const opened = await openTarget(deps, run);
    await passGate(deps, opened);
    await reach(deps, opened, 'retiring');
    await audit(deps, opened, { step: 'pivot', outcome: 'passed' });
    const result = await opened.target.retire(await readSwitch(opened));
    await reach(deps, opened, 'retired');
    await audit(deps, opened, { step: 'retire', outcome: 'revoked' });
    return { change: result };
  },
});

/** The flow has looked already; this is the last look, by the very step that revokes. @throws ConsumerUnproven, Conflict */
async function passGate(deps: StepDeps, opened: OpenTarget): Promise<void> {
  if (isPastPivot(opened.record)) return;
  if (opened.run.stage === 'publish')
    throw new RotationError('Conflict', { subject: opened.run.secretId, detail: 'the new key is not in use yet' });
  const missing = await unproven(deps, opened);
  const quiet = (await deps.ledger.evidence(opened.run.rotationId)).some(({ subject }) => subject === 'quiet');
  if (missing.length === 0 && quiet) return;
  const detail = missing.length > 0 ? `no proof for ${missing.join(', ')}` : 'the quiet rule was not looked at';
  throw new RotationError('ConsumerUnproven', { subject: opened.run.secretId, detail });
}
