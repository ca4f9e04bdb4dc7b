import canonicalize from 'canonicalize';
import { z } from 'zod';
import { RotationError } from '../errors.ts';
import { versionIdOf } from '../names.ts';
import { type RunRef, runRef } from '../rotation.ts';
import { audit, type OpenTarget, openTarget, reach, readIfThere } from '../run.ts';
import { defineStep, type StepDeps } from '../step.ts';

export const generate = defineStep({
  name: 'generate',
  summary: 'Makes the one new value of this rotation and keeps it as pending, before anything else changes.',
  input: z.strictObject({ run: runRef, regenerate: z.boolean() }),
  output: z.strictObject({ run: runRef }),
  opens: ['backend', 'secretType'],
  run: async (deps, { run, regenerate }) => {
    const opened = await openTarget(deps, regenerate ? await nextGeneration(deps, run) : run);
    const value = await valueUnder(opened);
    const fingerprint = await deps.ledger.fingerprint(canonicalize(value.reveal()) ?? '');
    const { version, generation } = opened.run;
    await reach(deps, opened, 'generated', { version, generation });
    await audit(deps, opened, { step: 'generate', item: `generation-${generation}`, outcome: 'pending', fingerprint });
    return { run: opened.run };
  },
});

/** The value under this version id: the one that is there, or a new one that is made durable at once. */
async function valueUnder({ backend, ref, run, target }: OpenTarget) {
  const there = await readIfThere(backend, ref, run.version);
  if (there !== undefined) return there.value;
  const current = await backend.read(ref, run.previous);
  const value = await target.generate({ current: current.value, generation: run.generation });
  await backend.stage(ref, run.version, value);
  return value;
}

/**
 * After a refusal by the target's policy one more value may be made, and only after a probe shows that the first was not
 * applied: it might be the live one.
 *
 * @throws ValueRefused when this was the second
 */
async function nextGeneration(deps: StepDeps, run: RunRef): Promise<RunRef> {
  const { record, backend, ref, target } = await openTarget(deps, run);
  if (record.generation === 2 && run.generation === 2)
    throw new RotationError('ValueRefused', { subject: run.secretId, detail: 'both values' });
  const refused = await readIfThere(backend, ref, run.version);
  if (refused !== undefined) {
    if ((await target.probe(refused)) === 'accepted')
      throw new RotationError('Conflict', { subject: run.secretId, detail: 'the refused value logs in' });
    await backend.discard(ref, run.version);
  }
  const request = await deps.ledger.request(record.ticket);
  if (request === undefined) throw new RotationError('TicketUnknown', { subject: `ticket ${record.ticket}` });
  return { ...run, generation: 2, version: versionIdOf(run.secretId, request.cause.id, 2) };
}
