import { z } from 'zod';
import { audit, intend, openRun, reach } from '../run.ts';
import { defineStep } from '../step.ts';
import { change, runInput } from './schemas.ts';

export const store = defineStep({
  name: 'store',
  summary: 'Makes the pending version current by compare-and-set; the old one is kept as previous.',
  input: runInput,
  output: z.strictObject({ change }),
  opens: ['backend'],
  run: async (deps, { run }) => {
    const opened = await openRun(deps, run);
    const backend = await deps.open.backend(opened.entry);
    await intend(deps, opened, { step: 'store' });
    const result = await backend.promote(opened.ref, opened.run.version, opened.run.previous);
    await reach(deps, opened, 'stored');
    await audit(deps, opened, { step: 'store', outcome: 'current' });
    return { change: result };
  },
});
