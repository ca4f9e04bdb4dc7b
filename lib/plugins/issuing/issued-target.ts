import { z } from 'zod';
import { waiver } from '../../core/config.ts';
import { duration } from '../../core/duration.ts';
import { issuerUse } from '../../core/issuer-ports.ts';

/** Keys of the target of every credential that an issuer makes. */
export const issuedFields = {
  issuer: issuerUse,
  /** A use after the switch is forgiven once the old credential has lain unused for so long. */
  idle: duration.prefault('1d'),
  /** Where the issuer does not tell when a credential was used last: who answers for not asking. */
  quiet: z.strictObject({ waived: waiver }).optional(),
};

export type IssuedTarget = z.output<z.ZodObject<typeof issuedFields>>;
