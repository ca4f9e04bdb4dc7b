import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import type { Environment } from './environment.ts';
import { mulberry } from './random.ts';

/** A function that a JSONata expression may call; arguments come as JSON values or `undefined`. */
type Implementation = (...args: readonly unknown[]) => unknown;

const ALGORITHMS: ReadonlyMap<unknown, string> = new Map([
  ['MD5', 'md5'],
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);

/** Most elements that `$range` makes; AWS refuses one more. */
const RANGE_LIMIT = 360_145;

function partition(array: unknown, size: unknown): unknown {
  const length = Math.trunc(Number(size));
  if (!Array.isArray(array) || array.length === 0 || !(length > 0)) return undefined;
  return Array.from({ length: Math.ceil(array.length / length) }, (_, at) =>
    array.slice(at * length, (at + 1) * length),
  );
}

function range(first: unknown, last: unknown, step: unknown): unknown {
  const [start, end, by] = [first, last, step].map((it) => (typeof it === 'number' ? Math.trunc(it) : Number.NaN));
  if (start === undefined || end === undefined || !by) return undefined;
  const length = Math.floor((end - start) / by) + 1;
  if (!(length > 0)) return undefined;
  if (length > RANGE_LIMIT)
    throw new RangeError('Expression evaluation memory limit exceeded: Check for excessive memory usage');
  const values = Array.from({ length }, (_, at) => start + at * by);
  return length === 1 ? values[0] : values;
}

function hash(text: unknown, algorithm: unknown): unknown {
  if (typeof text !== 'string' || algorithm === undefined) return undefined;
  const name = ALGORITHMS.get(algorithm);
  if (!name) throw new TypeError(`$hash knows no algorithm ${JSON.stringify(algorithm)}`);
  return createHash(name).update(text).digest('hex');
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(
      `the argument of $parse is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const pictureOf = jsonata('$fromMillis($instant, $picture, $timezone)');

/** `$now` on the injected clock. */
const now = (env: Environment): Implementation => {
  return (picture, timezone) =>
    picture === undefined && timezone === undefined
      ? new Date(env.now).toISOString()
      : pictureOf.evaluate(undefined, { instant: env.now, picture, timezone });
};

/**
 * What an expression finds beyond JSONata's own functions: the six that AWS adds, the clock and randomness of the
 * engine in place of the machine's, and no `$eval`.
 */
export const FUNCTIONS: Readonly<Record<string, (env: Environment) => Implementation | undefined>> = {
  partition: () => partition,
  range: () => range,
  hash: () => hash,
  parse: () => parse,
  random: (env) => (seed) => (typeof seed === 'number' ? mulberry(seed)() : env.ids.random()),
  uuid: (env) => () => env.ids.uuid(),
  now,
  millis: (env) => () => env.now,
  eval: () => undefined,
};
