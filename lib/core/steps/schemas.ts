import { z } from 'zod';
import { runRef } from '../rotation.ts';

/** Shapes that several steps share. */
export const change = z.enum(['applied', 'not-applied']);
/** Which of the two versions a step brings, restarts for or verifies. */
export const side = z.enum(['next', 'previous']);
export const failureInput = z.strictObject({ error: z.string(), cause: z.string() });

export const runInput = z.strictObject({ run: runRef });
export const consumerInput = runInput.extend({ consumer: z.string(), side });

/** What the flow needs to know of the plan. Times in seconds. */
export const flowPlan = z.strictObject({
  consumers: z.array(z.string()),
  waves: z.array(z.array(z.string())),
  maxParallelRestarts: z.int().positive(),
  grace: z.int().nonnegative(),
  /** Of a flow with stages: what each waits once every consumer is proven. */
  waits: z.record(z.enum(['publish', 'switch', 'prune']), z.int().nonnegative()),
  poll: z.int().positive(),
  approval: z.boolean(),
  approvalSeconds: z.int().positive(),
});
