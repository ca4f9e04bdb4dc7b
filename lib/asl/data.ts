import { copyPlain } from './copy.ts';
import { isJsonObject, isObject, type Json, type JsonObject } from './json.ts';

/** Largest text that a state, task or execution may take or give: 256 KiB of UTF-8. */
export const DATA_LIMIT = 262_144;

/** Deepest nesting that is read; deeper values would exhaust the stack of whoever reads them. */
const DEPTH_LIMIT = 1_000;

/** A JSON value, never changed, and its text, which is written only when somebody asks. */
export class Data {
  readonly json: Json;
  #text: string | undefined;
  #exceeds: boolean | undefined;

  constructor(json: Json, text?: string) {
    this.json = json;
    this.#text = text;
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.json);
    return this.#text;
  }

  /** In a journal, data is its value: text within text would be written, and read, many times over. */
  toJSON(): WrittenData {
    return { data: this.json };
  }

  /**
   * Whether the text is above {@link DATA_LIMIT}, or nests too deep to be written; measured only when it may be.
   *
   * @param most no text of it has more bytes than this.
   */
  exceedsLimit(most = DATA_LIMIT + 1): boolean {
    this.#exceeds ??= most > DATA_LIMIT && this.#mayExceed() && this.#measure();
    return this.#exceeds;
  }

  #mayExceed(): boolean {
    return mostBytes(this.json, DATA_LIMIT, 0) > DATA_LIMIT;
  }

  #measure(): boolean {
    return nestsTooDeep(this.json, 0) || Buffer.byteLength(this.text) > DATA_LIMIT;
  }
}

/** A value of this interpreter's own, which nobody changes. */
export const dataOf = (json: Json): Data => new Data(json);

/** The value that a text holds. */
export const parseData = (text: string): Data => new Data(JSON.parse(text), text);

/** What a journal holds where data was written. */
export interface WrittenData {
  readonly data: Json;
}

/** The data at a place of a record, whether the record comes from the journal or was made here. */
export function dataIn(place: unknown): Data | undefined {
  if (place instanceof Data) return place;
  return isWrittenData(place) ? new Data(place.data) : undefined;
}

const isWrittenData = (place: unknown): place is WrittenData => isObject(place) && 'data' in place;

/** The data at a place of a record that must hold some. */
export function dataFrom(place: unknown): Data {
  const data = dataIn(place);
  if (!data) throw new TypeError('a record lacks its data');
  return data;
}

/**
 * A copy, as if through JSON, of a value that comes from outside; a value that JSON lacks becomes null. Throws a
 * TypeError for what cannot be JSON: a cycle, a BigInt, nesting without end.
 */
export function receive(value: unknown): Data {
  try {
    const text = JSON.stringify(value) ?? 'null';
    const copy = copyPlain(value);
    return copy === undefined ? parseData(text) : new Data(copy, text);
  } catch (error) {
    throw error instanceof RangeError ? new TypeError('the value nests too deep') : error;
  }
}

/** No text of the value has more bytes than this; gives up counting above `limit`. */
function mostBytes(value: Json, limit: number, depth: number): number {
  if (typeof value === 'string') return 2 + value.length * 6;
  if (typeof value !== 'object' || value === null) return 25;
  if (depth > DEPTH_LIMIT) return Number.POSITIVE_INFINITY;
  return isJsonObject(value) ? mostBytesOfObject(value, limit, depth) : mostBytesOfArray(value, limit, depth);
}

function mostBytesOfArray(array: readonly Json[], limit: number, depth: number): number {
  let bytes = 2;
  for (const item of array) {
    bytes += 1 + mostBytes(item, limit, depth + 1);
    if (bytes > limit) break;
  }
  return bytes;
}

function mostBytesOfObject(object: JsonObject, limit: number, depth: number): number {
  let bytes = 2;
  // Much faster than Object.entries, and JSON values inherit nothing that can be enumerated.
  for (const key in object) {
    bytes += 4 + key.length * 6 + mostBytes(object[key] ?? null, limit, depth + 1);
    if (bytes > limit) break;
  }
  return bytes;
}

/** Whether objects and arrays nest deeper than can be read safely. */
function nestsTooDeep(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth > DEPTH_LIMIT || Object.values(value).some((item) => nestsTooDeep(item, depth + 1));
}
