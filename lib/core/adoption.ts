import type { Secret } from './secret.ts';

/** How a value that a person has becomes one of a type: they give fewer fields, the type makes the others from them. */
export interface Adoption {
  /** What is asked for where not every field is given. */
  readonly fields: readonly string[];
  /** @returns undefined where the fields do not make one; never throws for a value */
  complete(value: Secret, config: unknown, at: string): Secret | undefined;
}
