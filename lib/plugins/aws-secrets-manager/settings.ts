import { z } from 'zod';
import { awsPlace, awsRegion } from '../aws/aws-settings.ts';

export const secretsManagerSettings = z
  .strictObject({
    use: z.literal('aws-secrets-manager'),
    ...awsPlace,
    /** Id, ARN or alias of the KMS key of secrets that Keyturn creates; AWS's own when absent. */
    kmsKeyId: z.string().min(1).optional(),
    /** Before the path in a secret's name, e.g. `production/`. */
    prefix: z
      .string()
      .regex(/^[\w/+=.@-]+$/, 'expected letters, digits and /_+=.@-')
      .default(''),
    /** Regions that hold a replica of every secret: a value is believed only when all of them have it. */
    replicas: z.array(awsRegion).default([]),
  })
  .refine(({ region, replicas }) => !replicas.includes(region), {
    error: 'a replica lies in another region than its secret',
    path: ['replicas'],
  });
export type SecretsManagerSettings = z.output<typeof secretsManagerSettings>;
