import { isObject } from '../json.ts';

/** A JSON object as it was parsed: nothing is known of its values. */
export type JsonObject = Readonly<Record<string, unknown>>;

export { isObject };

/** `value` when it is an object, else an empty one. */
export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** `value` when it is an array, else an empty one. */
export const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The objects of an array with their index; other elements are left out. */
export const objectsOf = (value: unknown): readonly (readonly [index: number, object: JsonObject])[] =>
  arrayOf(value).flatMap((element, index) => (isObject(element) ? [[index, element] as const] : []));
