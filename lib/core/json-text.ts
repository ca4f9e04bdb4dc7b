import { z } from 'zod';

/** Text that is JSON, parsed; to be piped into the schema of what it should hold. */
export const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    context.issues.push({ code: 'custom', message: 'expected JSON', input: '<text>' });
    return z.NEVER;
  }
});
