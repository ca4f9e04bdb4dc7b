import type { Json } from './json.ts';

/** The answer to what is not plain: the reference implementation decides. */
export const UNSURE: unique symbol = Symbol('unsure');

/** What a plain expression comes to. */
export type Answer = Json | undefined | typeof UNSURE;

/** An operator of JSONata on plain values; {@link UNSURE} for any others, errors included. */
export type Operator = (left: Json | undefined, right: Json | undefined) => Answer;

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isText = (value: unknown): value is string => typeof value === 'string';
const isPrimitive = (value: unknown): boolean => value === null || typeof value !== 'object';

const arithmetic =
  (compute: (left: number, right: number) => number): Operator =>
  (left, right) => {
    if (left === undefined) return right === undefined || isNumber(right) ? undefined : UNSURE;
    if (right === undefined) return isNumber(left) ? undefined : UNSURE;
    if (!isNumber(left) || !isNumber(right)) return UNSURE;
    const result = compute(left, right);
    return Number.isFinite(result) ? result : UNSURE;
  };

const equality =
  (wanted: boolean): Operator =>
  (left, right) => {
    if (left === undefined || right === undefined) return false;
    return isPrimitive(left) && isPrimitive(right) ? (left === right) === wanted : UNSURE;
  };

const comparison =
  (compare: (left: number | string, right: number | string) => boolean): Operator =>
  (left, right) => {
    if (isNumber(left) && isNumber(right)) return compare(left, right);
    if (isText(left) && isText(right)) return compare(left, right);
    return left === undefined && right === undefined ? undefined : UNSURE;
  };

/** What JSONata takes a value for where it needs true or false. */
export function truth(value: Json | undefined): boolean | typeof UNSURE {
  if (Array.isArray(value)) return UNSURE;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** What JSONata makes of a value in a text. */
function textOf(value: Json | undefined): string | typeof UNSURE {
  if (value === undefined) return '';
  if (isText(value)) return value;
  if (isNumber(value)) return JSON.stringify(Number.isInteger(value) ? value : Number(value.toPrecision(15)));
  return typeof value === 'boolean' || value === null ? String(value) : UNSURE;
}

function concatenate(left: Json | undefined, right: Json | undefined): Answer {
  const [head, tail] = [textOf(left), textOf(right)];
  return isText(head) && isText(tail) ? head + tail : UNSURE;
}

export const OPERATORS: Readonly<Record<string, Operator>> = {
  '+': arithmetic((left, right) => left + right),
  '-': arithmetic((left, right) => left - right),
  '*': arithmetic((left, right) => left * right),
  '/': arithmetic((left, right) => left / right),
  '%': arithmetic((left, right) => left % right),
  '=': equality(true),
  '!=': equality(false),
  '<': comparison((left, right) => left < right),
  '<=': comparison((left, right) => left <= right),
  '>': comparison((left, right) => left > right),
  '>=': comparison((left, right) => left >= right),
  '&': concatenate,
};
