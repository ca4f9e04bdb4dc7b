import { z } from 'zod';

/** A record as its row keeps it: JSON, parsed again on the way out. */
export const docOf = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
