import { isExpression } from './expressions.ts';
import { isObject } from './json.ts';

/** What a field's value must be. `problem` tells what is wrong with it, if something is. */
export interface ValueKind {
  readonly says: string;
  readonly accepts: (value: unknown) => boolean;
  /** The range, for a value that is accepted. */
  readonly within?: readonly [from: number, to: number];
}

const MOST_SECONDS = 99_999_999;

const kind = (says: string, accepts: (value: unknown) => boolean): ValueKind => ({ says, accepts });
const either = (a: ValueKind, b: ValueKind): ValueKind => ({
  ...a,
  says: `${a.says} or ${b.says}`,
  accepts: (value) => a.accepts(value) || b.accepts(value),
});
const ranged = (base: ValueKind, from: number, to = Number.POSITIVE_INFINITY): ValueKind => ({
  ...base,
  within: [from, to],
});

const string = kind('a string', (value) => typeof value === 'string');
const name = kind('a string that is not empty', (value) => typeof value === 'string' && value !== '');
const number = kind('a number', (value) => typeof value === 'number');
const integer = kind('an integer', (value) => Number.isInteger(value));
const boolean = kind('true or false', (value) => typeof value === 'boolean');
const object = kind('an object', isObject);
const array = kind('an array', Array.isArray);
const objects = kind('an array of objects', (value) => Array.isArray(value) && value.every(isObject));
const someObjects = kind(
  'an array of objects, with one at least',
  (value) => objects.accepts(value) && Array.isArray(value) && value.length > 0,
);
const names = kind(
  'an array of names, with one at least',
  (value) => Array.isArray(value) && value.length > 0 && value.every(name.accepts),
);
const expression = kind('an expression', isExpression);
const seconds = ranged(either(integer, expression), 1, MOST_SECONDS);
const count = ranged(either(integer, expression), 0);

/** Values of the fields of a machine or of an inner scope. */
export const SCOPE_VALUES: Readonly<Record<string, ValueKind>> = {
  Comment: string,
  StartAt: string,
  States: object,
  TimeoutSeconds: ranged(integer, 1, MOST_SECONDS),
  Version: kind('"1.0"', (value) => value === '1.0'),
  ProcessorConfig: object,
};

/** Values of the fields of a state. */
export const STATE_VALUES: Readonly<Record<string, ValueKind>> = {
  Type: string,
  Comment: string,
  Next: string,
  End: boolean,
  Resource: string,
  Arguments: either(object, expression),
  Assign: object,
  TimeoutSeconds: seconds,
  HeartbeatSeconds: seconds,
  Seconds: ranged(either(integer, expression), 0, MOST_SECONDS),
  Timestamp: string,
  Error: string,
  Cause: string,
  Default: string,
  Choices: someObjects,
  Branches: someObjects,
  Retry: objects,
  Catch: objects,
  Items: either(either(array, object), expression),
  ItemSelector: either(object, expression),
  ItemProcessor: object,
  MaxConcurrency: count,
  ToleratedFailureCount: count,
  ToleratedFailurePercentage: ranged(either(number, expression), 0, 100),
};

/** Values of the fields of an entry of Retry. */
export const RETRIER_VALUES: Readonly<Record<string, ValueKind>> = {
  Comment: string,
  ErrorEquals: names,
  IntervalSeconds: ranged(integer, 1, MOST_SECONDS),
  MaxAttempts: ranged(integer, 0, MOST_SECONDS),
  BackoffRate: ranged(number, 1),
  MaxDelaySeconds: ranged(integer, 1, 31_622_399),
};

/** Values of the fields of an entry of Catch. */
export const CATCHER_VALUES: Readonly<Record<string, ValueKind>> = {
  Comment: string,
  ErrorEquals: names,
  Next: string,
  Assign: object,
};

/** Values of the fields of an entry of Choices. */
export const CHOICE_VALUES: Readonly<Record<string, ValueKind>> = { Comment: string, Next: string, Assign: object };
