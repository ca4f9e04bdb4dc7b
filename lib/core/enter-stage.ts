import { RotationError } from './errors.ts';
import { versionIdOf } from './names.ts';
import type { Phase, RunRef, Stage } from './rotation.ts';
import { audit, hasReached, isoNow, type OpenRun, openRun, requestOf, unproven } from './run.ts';
import { isBefore, isSkipped } from './stages.ts';
import type { StepDeps } from './step.ts';

/**
 * Goes on to the next stage: what the last one left as current is the old of this one. Entering a stage that the run is
 * in, or has left, changes nothing.
 *
 * @throws ConsumerUnproven before every consumer is proven on the stage before; Conflict before the old was retired
 */
export async function enterStage(deps: StepDeps, asked: RunRef, stage: Stage): Promise<void> {
  const opened = await openRun(deps, asked);
  const { record, run } = opened;
  if (!isBefore(record.stage, stage)) return;
  await refuseUnfinished(deps, opened, stage);
  const { cause } = await requestOf(deps, record);
  const version = versionIdOf(run.secretId, cause.id, record.generation, stage);
  await audit(deps, opened, { step: 'stage', item: stage, outcome: 'entered' });
  await deps.ledger.advance(run.rotationId, run.fence, {
    stage,
    version,
    previous: record.version,
    phase: 'approved',
    updatedAt: isoNow(deps),
  });
}

async function refuseUnfinished(deps: StepDeps, opened: OpenRun, stage: Stage): Promise<void> {
  const { run } = opened;
  // Past the pivot there is only forward: a consumer that came meanwhile is proven in the last stage.
  if (stage === 'prune') return refuseBefore(opened, 'retired');
  if (isSkipped(run)) return;
  refuseBefore(opened, 'stored');
  const missing = await unproven(deps, opened);
  if (missing.length === 0) return;
  throw new RotationError('ConsumerUnproven', { subject: run.secretId, detail: `no proof for ${missing.join(', ')}` });
}

function refuseBefore(opened: OpenRun, phase: Phase): void {
  if (hasReached(opened, phase)) return;
  throw new RotationError('Conflict', { subject: opened.run.secretId, detail: `the stage before is not ${phase}` });
}
