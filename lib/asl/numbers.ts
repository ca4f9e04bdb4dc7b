import { andThen, type Eventually } from './environment.ts';
import type { Json } from './json.ts';
import { compileTemplate, isExpression, QueryFailure, type Template } from './template.ts';
import type { Visit } from './visit.ts';

/** A field that holds a number, or an expression for one. */
export interface NumberField {
  readonly name: FieldName;
  readonly source: Json;
  readonly template: Template;
}

type FieldName = keyof typeof LIMITS;

interface Limits {
  readonly least: number;
  readonly most: number;
  /** Decimals are allowed. */
  readonly fractions?: boolean;
}

const LONGEST = 99_999_999;
const ANY = Number.MAX_SAFE_INTEGER;

/** What each field may hold; the same for a literal and for what an expression gives. */
const LIMITS = {
  Seconds: { least: 0, most: LONGEST },
  TimeoutSeconds: { least: 1, most: LONGEST },
  HeartbeatSeconds: { least: 1, most: LONGEST },
  MaxConcurrency: { least: 0, most: ANY },
  ToleratedFailureCount: { least: 0, most: ANY },
  ToleratedFailurePercentage: { least: 0, most: 100, fractions: true },
} as const satisfies Record<string, Limits>;

export function compileNumber(source: Json | undefined, name: FieldName): NumberField | undefined {
  return source === undefined ? undefined : { name, source, template: compileTemplate(source, name) };
}

/** The number; anything else is `States.QueryEvaluationError`. */
export function evaluateNumber(visit: Visit, field: NumberField): Eventually<number> {
  return andThen(visit.evaluate(field.template), (value) => {
    if (typeof value !== 'number')
      throw unexpected(visit, field, `Expected 'number', but was '${kindOf(value)}'`, value);
    const { least, most, fractions = false }: Limits = LIMITS[field.name];
    if (value >= least && value <= most && (fractions || Number.isInteger(value))) return value;
    const what = `${fractions ? 'a number' : 'an integer'} from ${least} to ${most}`;
    const cause = `The value for the field '${field.name}' must be ${what}, but was: ${value}`;
    throw visit.failEvaluation(new QueryFailure(cause, field.name));
  });
}

function unexpected(visit: Visit, { name, source }: NumberField, expected: string, value: Json) {
  const text = isExpression(source) ? source.slice(2, -2).trim() : JSON.stringify(source);
  const cause = `The JSONata expression '${text}' specified for the field '${name}' returned an unexpected result type. ${expected} for value: ${JSON.stringify(value)}`;
  return visit.failEvaluation(new QueryFailure(cause, name));
}

export const kindOf = (value: Json): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
