import canonicalize from 'canonicalize';
import { z } from 'zod';
import { enterStage } from '../enter-stage.ts';
import { RotationError } from '../errors.ts';
import { versionIdOf } from '../names.ts';
import { isOneWay, makePlan, secretTypeOf } from '../plan.ts';
import { type RunRef, runRef, stage } from '../rotation.ts';
import {
  audit,
  hasReached,
  intend,
  type OpenRun,
  type OpenTarget,
  openRun,
  openTarget,
  reach,
  readIfThere,
  requestOf,
} from '../run.ts';
import { isSkipped, newPart } from '../stages.ts';
import { defineStep, type StepDeps } from '../step.ts';

export const generate = defineStep({
  name: 'generate',
  summary: 'Makes the one new value of this rotation and keeps it as pending, before anything else changes.',
  /** With a stage: the run goes on to it, if it is not there. */
  input: z.strictObject({ run: runRef, regenerate: z.boolean(), stage: stage.optional() }),
  output: z.strictObject({ run: runRef, needed: z.boolean() }),
  opens: ['backend', 'secretType'],
  run: async (deps, { run, regenerate, stage: wanted }) => {
    await refuseUnapproved(deps, await openRun(deps, run));
    if (regenerate) await turnToSecond(deps, run);
    if (wanted !== undefined) await enterStage(deps, run, wanted);
    const opened = await openTarget(deps, run);
    const value = isSkipped(opened.run) ? undefined : await valueUnder(deps, opened, regenerate);
    if (value === undefined) return { run: await skip(deps, opened), needed: false };
    const fingerprint = await deps.ledger.fingerprint(canonicalize(value.reveal()) ?? '');
    const { generation } = opened.run;
    await reach(deps, opened, 'generated');
    await audit(deps, opened, { step: 'generate', item: `generation-${generation}`, outcome: 'pending', fingerprint });
    return { run: opened.run, needed: true };
  },
});

/** Nothing new in this stage: the version that it leaves is the one from before. @throws Conflict in a flow without stages */
async function skip(deps: StepDeps, opened: OpenTarget): Promise<RunRef> {
  const { run, record } = opened;
  if (run.stage === 'whole')
    throw new RotationError('Conflict', { subject: run.secretId, detail: `type ${run.type} made no value` });
  await reach(deps, opened, record.phase, { version: run.previous });
  await audit(deps, opened, { step: 'generate', outcome: 'unneeded' });
  return { ...run, version: run.previous };
}

/**
 * The value under this version id: the one that is there, or a new one that is made durable at once. One that was made
 * and discarded is never made again: the id names one value for ever.
 *
 * @throws CurrentRefused, Conflict
 */
async function valueUnder(deps: StepDeps, opened: OpenTarget, regenerate: boolean) {
  const { backend, ref, run, target } = opened;
  const there = await readIfThere(backend, ref, run.version);
  if (there !== undefined) return there.value;
  if (hasReached(opened, 'generated') && !regenerate)
    throw new RotationError('Conflict', { subject: run.secretId, detail: 'the value of this rotation was discarded' });
  const current = await backend.read(ref, run.previous);
  // A target that is down, or not the one that the stored credential is for, shows here: before anything changes. Where the
  // old value dies with the making, an earlier attempt may have been cut off just then: such a type looks for itself.
  if (!isOneWay(opened.entry, deps.catalog) && (await target.probe(current)) === 'refused')
    throw new RotationError('CurrentRefused', { subject: run.secretId });
  await intend(deps, opened, { step: 'generate', item: `generation-${run.generation}` });
  const { version, generation, stage: leg } = run;
  const value = await target.generate({ current: current.value, version, generation, stage: leg });
  if (value !== undefined) await backend.stage(ref, version, value);
  return value;
}

/** No flow gets past an approval that policy asks for. @throws ApprovalRefused */
async function refuseUnapproved(deps: StepDeps, opened: OpenRun): Promise<void> {
  if (hasReached(opened, 'approved')) return;
  const { seats } = makePlan(opened.entry, await requestOf(deps, opened.record), deps.config, deps.catalog);
  if (seats.length === 0) return;
  throw new RotationError('ApprovalRefused', { subject: opened.run.secretId, detail: 'its plan is not approved' });
}

/**
 * After a refusal by the target's policy one more value may be made, and only after a probe shows that the first was not
 * applied: it might be the live one. The record turns to the second before that is made.
 *
 * @throws ValueRefused when this was the second
 */
async function turnToSecond(deps: StepDeps, asked: RunRef): Promise<void> {
  const opened = await openTarget(deps, asked);
  const { record, run, backend, ref, target } = opened;
  if (asked.generation === 2) throw new RotationError('ValueRefused', { subject: run.secretId, detail: 'both values' });
  if (record.generation === 2) return;
  const refused = await readIfThere(backend, ref, run.version);
  const part = newPart(secretTypeOf(opened.entry, deps.catalog).flow, run.stage);
  if (refused !== undefined && (await target.probe(refused, part)) === 'accepted')
    throw new RotationError('Conflict', { subject: run.secretId, detail: 'the refused value logs in' });
  await backend.discard(ref, run.version);
  const { cause } = await requestOf(deps, record);
  await reach(deps, opened, record.phase, {
    generation: 2,
    version: versionIdOf(run.secretId, cause.id, 2, run.stage),
  });
}
