import { z } from 'zod';

/** What the fake's controllers read of a workload. */
export const workloadSpec = z.looseObject({
  replicas: z.int().default(1),
  paused: z.boolean().default(false),
  template: z.looseObject({
    metadata: z.looseObject({
      labels: z.record(z.string(), z.string()).default({}),
      annotations: z.record(z.string(), z.string()).default({}),
    }),
  }),
});
