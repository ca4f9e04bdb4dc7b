import { z } from 'zod';
import { audit, intend, openTarget, readSwitch } from '../run.ts';
import { defineStep } from '../step.ts';
import { runInput } from './schemas.ts';

export const rewrap = defineStep({
  name: 'rewrap',
  summary: 'Brings data that is under the old key under the new one, a part at each call.',
  input: runInput,
  output: z.strictObject({ remaining: z.int().nonnegative() }),
  opens: ['backend', 'secretType'],
  flows: ['keyring'],
  run: async (deps, { run }) => {
    const opened = await openTarget(deps, run);
    if (opened.target.rewrap === undefined) return { remaining: 0 };
    await intend(deps, opened, { step: 'rewrap' });
    const { remaining } = await opened.target.rewrap(await readSwitch(opened));
    await audit(deps, opened, { step: 'rewrap', item: `remaining-${remaining}`, outcome: 'rewrapped' });
    return { remaining };
  },
});
