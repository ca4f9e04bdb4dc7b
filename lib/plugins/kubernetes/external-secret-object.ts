import { z } from 'zod';
import { metadata } from './metadata.ts';

/** A foreign reason is repeated only where it is a single word. */
const reason = z
  .string()
  .regex(/^[A-Za-z]{1,64}$/)
  .optional()
  .catch(undefined);

/** What Keyturn reads of an ExternalSecret, `external-secrets.io/v1`. */
export const externalSecretObject = z.looseObject({
  metadata,
  spec: z.looseObject({
    refreshPolicy: z.string().optional(),
    target: z.looseObject({ name: z.string().optional() }).prefault({}),
  }),
  status: z
    .looseObject({
      /** To a second. */
      refreshTime: z.string().nullish(),
      /** Of generation, labels and annotations at the last sync. */
      syncedResourceVersion: z.string().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), reason })).default([]),
    })
    .prefault({}),
});
export type ExternalSecret = z.output<typeof externalSecretObject>;

/** What the operator says about its last sync, in one word. */
export const syncReason = ({ status }: ExternalSecret): string =>
  status.conditions.find(({ type }) => type === 'Ready')?.reason ?? 'no condition Ready';
