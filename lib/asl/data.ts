import { isJsonObject, type Json, type JsonObject } from './json.ts';

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

  /** In a history, data is its text. */
  toJSON(): string {
    return this.text;
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

/** What a record of the journal holds where data was written. */
export const dataFrom = (recorded: unknown): Data =>
  recorded instanceof Data ? recorded : parseData(String(recorded));

/** A copy, through JSON, of a value that comes from outside; a value that JSON lacks becomes null. */
export const receive = (value: unknown): Data => parseData(JSON.stringify(value) ?? 'null');

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
