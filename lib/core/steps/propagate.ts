import { z } from 'zod';
import { consumerOf } from '../consumers.ts';
import { copyRequest } from '../copy-request.ts';
import { audit, intend, openTarget, reach } from '../run.ts';
import { defineStep } from '../step.ts';
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
    const result =
      plugin === undefined
        ? 'not-applied'
        : await (await deps.open.propagator(plugin)).put(copyRequest(deps, opened.entry, credential));
    if (side === 'next') await reach(deps, opened, 'propagated');
    await audit(deps, opened, { step: 'propagate', item: `${consumer}:${side}`, outcome: 'delivered' });
    return { change: result };
  },
});
