import { ERRORS } from '../core/errors.ts';

/** An error as a document tells it; one that no step and no plugin named passes on. */
export function failureOf(error: unknown): { readonly error: string; readonly cause: string } {
  if (!(error instanceof Error) || !Object.hasOwn(ERRORS, error.name)) throw error;
  return { error: error.name, cause: error.message };
}
