import { z } from 'zod';
import { CHECKS, check } from '../checks.ts';
import { openTarget } from '../run.ts';
import { defineStep } from '../step.ts';
import { runInput, side } from './schemas.ts';

export const verify = defineStep({
  name: 'verify',
  summary: 'Proves one thing: that the target, a consumer or nobody uses a version.',
  input: runInput.extend({ check, consumer: z.string().optional(), side: side.default('next') }),
  output: z.strictObject({
    holds: z.boolean(),
    why: z.string(),
    overdue: z.boolean(),
    missing: z.array(z.string()),
    waves: z.array(z.array(z.string())),
  }),
  opens: ['backend', 'secretType', 'verifier'],
  run: async (deps, { run, check: wanted, consumer, side: which }) => {
    const opened = await openTarget(deps, run);
    const found = await CHECKS[wanted](deps, opened, { consumer: consumer ?? '', side: which });
    return { overdue: false, missing: [], waves: [], ...found };
  },
});
