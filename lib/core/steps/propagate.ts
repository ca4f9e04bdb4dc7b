import { z } from 'zod';
import type { SecretEntry } from '../config.ts';
import { consumerOf } from '../consumers.ts';
import { secretTypeOf } from '../plan.ts';
import type { Credential } from '../ports.ts';
import { audit, intend, openTarget, reach } from '../run.ts';
import { Secret } from '../secret.ts';
import { defineStep, type StepDeps } from '../step.ts';
import { change, consumerInput } from './schemas.ts';

export const propagate = defineStep({
  name: 'propagate',
  summary: "Brings one version to one consumer's copy.",
  input: consumerInput,
  output: z.strictObject({ change }),
  opens: ['backend', 'secretType', 'propagator'],
  run: async (deps, { run, consumer, side }) => {
    const opened = await openTarget(deps, run);
    const { propagate: plugin } = consumerOf(opened.entry, consumer);
    const credential = await opened.backend.read(opened.ref, opened.run[side === 'next' ? 'version' : 'previous']);
    await intend(deps, opened, { step: 'propagate', item: `${consumer}:${side}` });
    const result = plugin === undefined ? 'not-applied' : await put(deps, opened.entry, plugin, credential);
    if (side === 'next') await reach(deps, opened, 'propagated');
    await audit(deps, opened, { step: 'propagate', item: `${consumer}:${side}`, outcome: 'delivered' });
    return { change: result };
  },
});

async function put(
  deps: StepDeps,
  entry: SecretEntry,
  plugin: Parameters<StepDeps['open']['propagator']>[0],
  { version, value }: Credential,
) {
  const propagator = await deps.open.propagator(plugin);
  const shown = secretTypeOf(entry, deps.catalog).templateFields(entry.target);
  return propagator.put({ secretId: entry.id, version, values: Secret.of({ ...shown, ...value.reveal(), version }) });
}
