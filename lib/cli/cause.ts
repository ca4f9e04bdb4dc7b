import { z } from 'zod';

const lambdaCause = z.looseObject({ errorMessage: z.string() });

/** The message in a cause: Lambda makes it a JSON text; any other cause is a message itself. */
export const messageOfCause = (cause: string): string =>
  lambdaCause.safeParse(parsedJson(cause)).data?.errorMessage ?? cause;

/** What a JSON text says; a text that is no JSON as it is. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
