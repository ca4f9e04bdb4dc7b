/** A value that JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A JSON value together with its text, so that each value is written only once however often it is passed on. */
export interface Data {
  readonly json: Json;
  readonly text: string;
}

/** Largest text that a state, task or execution may take or give: 256 KiB of UTF-8. */
export const DATA_LIMIT = 262_144;

/** Deepest nesting that an execution input may have; deeper ones would exhaust the stack of any recursive reader. */
const DEPTH_LIMIT = 1_000;

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isJsonObject = (value: Json | undefined): value is JsonObject => isObject(value);

/** The value with its text. */
export const dataOf = (json: Json): Data => ({ json, text: JSON.stringify(json) });

/** The value that a text holds; the text must come from {@link dataOf} or a journal. */
export const parseData = (text: string): Data => ({ json: JSON.parse(text), text });

/** Whether a text is above {@link DATA_LIMIT}; counts bytes only when the number of characters leaves it open. */
export function exceedsLimit(text: string): boolean {
  if (text.length > DATA_LIMIT) return true;
  return text.length * 3 > DATA_LIMIT && Buffer.byteLength(text) > DATA_LIMIT;
}

/** Sets an own property, whatever its name: a plain assignment to `__proto__` would change the prototype. */
export function setOwn<T>(target: Record<string, T>, key: string, value: T): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Whether a JSON text nests objects and arrays deeper than can be read safely. */
export function nestsTooDeep(text: string): boolean {
  const brackets = text.replace(/"(?:[^"\\]|\\.)*"/g, '').matchAll(/[[\]{}]/g);
  let depth = 0;
  for (const [bracket] of brackets) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > DEPTH_LIMIT) return true;
  }
  return false;
}
