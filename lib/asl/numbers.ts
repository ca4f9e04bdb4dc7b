import { andThen, type Eventually } from './environment.ts';
import type { Json } from './json.ts';
import { compileTemplate, isExpression, QueryFailure, type Template } from './template.ts';
import type { Visit } from './visit.ts';

/** A field that holds a whole number of at least `least`, or an expression for one. */
export interface NumberField {
  readonly name: string;
  readonly source: Json;
  readonly template: Template;
  readonly least: number;
}

export function compileNumber(source: Json | undefined, name: string, least = 0): NumberField | undefined {
  return source === undefined ? undefined : { name, source, least, template: compileTemplate(source, name) };
}

/** The number; anything else is `States.QueryEvaluationError`. */
export function evaluateNumber(visit: Visit, field: NumberField): Eventually<number> {
  return andThen(visit.evaluate(field.template), (value) => {
    if (typeof value !== 'number')
      throw unexpected(visit, field, `Expected 'number', but was '${kindOf(value)}'`, value);
    if (Number.isInteger(value) && value >= field.least) return value;
    const cause = `The value for the field '${field.name}' must be an integer of at least ${field.least}, but was: ${value}`;
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
