import { DATA_LIMIT } from './data.ts';
import type { StateFailure } from './errors.ts';
import { type Json, setOwn } from './json.ts';

/** A value that is above the limit of 256 KiB by far. */
export class DataTooLarge extends Error {
  override readonly name = 'DataTooLarge';
}

/**
 * Copies what a JSONata expression returned into plain JSON: its arrays carry marks of their own, and a value of
 * many megabytes must not be written out before it is refused. AWS writes a number that JSON lacks as its name.
 *
 * @param unsupported makes the error for a function.
 */
export function toJson(value: unknown, unsupported: () => StateFailure): Json {
  let budget = DATA_LIMIT;
  const spend = (characters: number) => {
    budget -= characters;
    if (budget < 0) throw new DataTooLarge();
  };
  const copyObject = (object: object): Json => {
    const copy: Record<string, Json> = {};
    for (const [key, item] of Object.entries(object)) {
      spend(key.length);
      if (item !== undefined) setOwn(copy, key, convert(item));
    }
    return copy;
  };
  const convert = (item: unknown): Json => {
    spend(1);
    if (typeof item === 'string') {
      spend(item.length);
      return item;
    }
    if (typeof item === 'boolean' || item === null) return item;
    // JSON has no -0.
    if (typeof item === 'number') return Number.isFinite(item) ? item + 0 : String(item);
    if (Array.isArray(item)) return Array.from(item, (it) => convert(it ?? null));
    if (typeof item !== 'object' || isFunctionLike(item)) throw unsupported();
    return copyObject(item);
  };
  return withinStack(() => convert(value), unsupported);
}

/** JSONata's lambdas and built-in functions are objects with a mark. */
const isFunctionLike = (value: object): boolean => '_jsonata_lambda' in value || '_jsonata_function' in value;

function withinStack<T>(read: () => T, tooDeep: () => Error): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? tooDeep() : error;
  }
}
