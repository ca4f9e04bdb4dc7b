import { z } from 'zod';

/** Permission bits as octal digits in quotes; a copy of a secret is never open to others. */
export const fileMode = z
  .string("expected octal digits in quotes, e.g. '0640'")
  .regex(/^0[0-7][0-7]0$/, "expected octal digits without access for others, e.g. '0640'")
  .transform((digits) => Number.parseInt(digits, 8));
