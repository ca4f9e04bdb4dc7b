import type { Json, JsonObject } from '../../../lib/asl/json.ts';

/** What a Task is answered with, by its number of retries so far. */
export type Mock = { readonly result: Json } | { readonly error: string; readonly cause: string };

/** A machine with all that is needed to run it. */
export interface Case {
  readonly name: string;
  readonly definition: JsonObject;
  readonly input: Json;
  /** By name of the state. */
  readonly mocks: Readonly<Record<string, readonly Mock[]>>;
}
