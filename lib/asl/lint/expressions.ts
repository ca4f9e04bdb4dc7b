import jsonata from 'jsonata';
import { isObject, objectsOf } from './json.ts';
import type { StateNode } from './machine.ts';

/** A string of a state which AWS evaluates, or means to. */
export interface Expression {
  readonly node: StateNode;
  /** Where in the state, e.g. `Catch[0].Output.why`. */
  readonly field: string;
  /** The whole string, with its delimiters. */
  readonly text: string;
  /** What of `$states` exists here besides `input` and `context`. */
  readonly offers: 'result' | 'errorOutput' | undefined;
}

/** An expression that was parsed, or why it was not. */
export type Parsed = { readonly ast: unknown } | { readonly problem: string };

/** A piece of a state that may hold expressions at any depth. */
type Template = Pick<Expression, 'field' | 'offers'> & { readonly value: unknown };

const PLAIN_FIELDS = [
  ...['Arguments', 'Items', 'ItemSelector', 'MaxConcurrency', 'ToleratedFailureCount', 'ToleratedFailurePercentage'],
  ...['Seconds', 'Timestamp', 'TimeoutSeconds', 'HeartbeatSeconds', 'Error', 'Cause'],
];
const RESULT_FIELDS = ['Output', 'Assign'];
const RESULT_TYPES = new Set(['Task', 'Parallel', 'Map']);

const hasOpening = (text: string): boolean => text.startsWith('{%');
const hasClosing = (text: string): boolean => text.endsWith('%}');

/** Whether AWS evaluates `text`: `{% ... %}` without a space outside. */
export const isExpression = (text: unknown): text is string =>
  typeof text === 'string' && text.length >= 4 && hasOpening(text) && hasClosing(text);

/** Whether `text` has one delimiter without the other, which AWS refuses. */
export const isHalfDelimited = (text: string): boolean => !isExpression(text) && (hasOpening(text) || hasClosing(text));

/** The JSONata between the delimiters. */
export const sourceOf = (text: string): string => text.slice(2, -2);

const pick = (holder: object, fields: readonly string[], at: string, offers: Expression['offers']): Template[] =>
  Object.entries(holder)
    .filter(([key]) => fields.includes(key))
    .map(([key, value]) => ({ field: `${at}${key}`, value, offers }));

function templatesOf({ body, type }: StateNode): Template[] {
  const offers = RESULT_TYPES.has(type) ? 'result' : undefined;
  return [
    ...pick(body, PLAIN_FIELDS, '', undefined),
    ...pick(body, RESULT_FIELDS, '', offers),
    ...objectsOf(body.Choices).flatMap(([index, choice]) =>
      pick(choice, ['Condition', ...RESULT_FIELDS], `Choices[${index}].`, undefined),
    ),
    ...objectsOf(body.Catch).flatMap(([index, catcher]) =>
      pick(catcher, RESULT_FIELDS, `Catch[${index}].`, 'errorOutput'),
    ),
  ];
}

function* stringsIn(value: unknown, field: string): Generator<readonly [field: string, text: string]> {
  if (typeof value === 'string') yield [field, value];
  else if (Array.isArray(value))
    for (const [index, element] of value.entries()) yield* stringsIn(element, `${field}[${index}]`);
  else if (isObject(value))
    for (const [key, element] of Object.entries(value)) yield* stringsIn(element, `${field}.${key}`);
}

/** Every string of a JSONata state that is delimited, well or half. */
export function expressionsOf(node: StateNode): Expression[] {
  if (!node.jsonata) return [];
  return templatesOf(node).flatMap(({ field, value, offers }) =>
    [...stringsIn(value, field)]
      .filter(([, text]) => hasOpening(text) || hasClosing(text))
      .map(([place, text]) => ({ node, field: place, text, offers })),
  );
}

/** Parses the JSONata of an expression; a refusal is data, not an exception. */
export function parse(text: string): Parsed {
  try {
    return { ast: jsonata(sourceOf(text)).ast() };
  } catch (thrown) {
    return { problem: isObject(thrown) && typeof thrown.message === 'string' ? thrown.message : String(thrown) };
  }
}
