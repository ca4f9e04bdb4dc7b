import type { Json, JsonObject } from '../../../lib/asl/json.ts';
import type { Mock } from './case.ts';
import type { Draw } from './draw.ts';

const ERRORS = ['E.Busy', 'E.Broken', 'Lambda.TooManyRequestsException'] as const;

/** More results than any Retry here can ask for. */
const ANSWERS = 7;

export const errorNames = (draw: Draw): string[] =>
  draw.among<string[]>([
    () => [draw.pick(ERRORS)],
    () => [...ERRORS],
    () => ['States.TaskFailed'],
    () => ['States.QueryEvaluationError', draw.pick(ERRORS)],
    () => ['States.Timeout', 'NoSuchError'],
  ]);

/** Retriers, of which the last may be for everything. */
export function retriers(draw: Draw): JsonObject[] {
  const retrier = (ErrorEquals: string[]): JsonObject => ({
    ErrorEquals,
    IntervalSeconds: 1,
    BackoffRate: draw.pick([1, 1.5]),
    MaxAttempts: draw.int(0, 2),
    ...(draw.once(3) && { MaxDelaySeconds: 2 }),
    ...(draw.once(2) && { JitterStrategy: draw.pick(['FULL', 'NONE']) }),
  });
  const named = draw.many(1, 2, () => retrier(errorNames(draw)));
  return draw.once(3) ? [...named, retrier(['States.ALL'])] : named;
}

/** A Task's results: some failures first, and then one result for good; with `risk`, perhaps failures only. */
export function mocks(draw: Draw, result: Json, failures: number): Mock[] {
  const error = draw.pick(ERRORS);
  const failure = { error, cause: `${error} was its cause` };
  return Array.from({ length: ANSWERS }, (_, at) => (at < failures ? failure : { result }));
}

/** A number of failures that the retriers outlast: the first retrier for everything takes them all. */
export const outlasted = (draw: Draw, retry: readonly JsonObject[]): number => {
  const [first] = retry;
  const takesAll = Array.isArray(first?.ErrorEquals) && ERRORS.every((it) => covers(first.ErrorEquals, it));
  return takesAll && typeof first?.MaxAttempts === 'number' ? draw.int(0, first.MaxAttempts) : 0;
};

const covers = (names: Json | undefined, error: string): boolean =>
  Array.isArray(names) && [error, 'States.ALL', 'States.TaskFailed'].some((name) => names.includes(name));
