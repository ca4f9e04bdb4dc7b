import { andThen, type Eventually } from '../environment.ts';
import { StateFailure } from '../errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { kindOf } from '../numbers.ts';
import { compileOutcome, conclude, type Outcome } from '../outcome.ts';
import type { Compile, Exit } from '../state.ts';
import { compileTemplate, isExpression, QueryFailure, type Template } from '../template.ts';
import type { Visit } from '../visit.ts';

interface Rule {
  readonly condition: Template;
  readonly source: Json;
  readonly place: string;
  readonly outcome: Outcome;
}

/** Choice: goes on by the first rule whose `Condition` is true, or by `Default`. */
export const compileChoice: Compile = (definition) => {
  const choices = definition.Choices;
  const rules = Array.isArray(choices) ? choices.filter(isJsonObject).map(compileRule) : [];
  const { Default } = definition;
  const otherwise = { ...compileOutcome(definition), next: typeof Default === 'string' ? Default : null };
  return (visit) => choose(visit, rules, otherwise, 0);
};

function compileRule(definition: JsonObject, at: number): Rule {
  const place = `Choices[${at}]/Condition`;
  const source = definition.Condition ?? null;
  const condition = compileTemplate(source, place);
  return { condition, source, place, outcome: compileOutcome(definition, `Choices[${at}]/`) };
}

function choose(visit: Visit, rules: readonly Rule[], otherwise: Outcome, at: number): Eventually<Exit> {
  const rule = rules[at];
  if (!rule) return fallThrough(visit, otherwise);
  return andThen(visit.evaluate(rule.condition), (value) => {
    if (typeof value !== 'boolean') throw notBoolean(visit, rule, value);
    return value ? conclude(visit, rule.outcome, visit.input) : choose(visit, rules, otherwise, at + 1);
  });
}

function fallThrough(visit: Visit, otherwise: Outcome): Eventually<Exit> {
  if (otherwise.next !== null) return conclude(visit, otherwise, visit.input);
  const cause = 'Failed to transition out of the state. The state does not point to a next state.';
  throw new StateFailure('States.Runtime', visit.explain(cause));
}

function notBoolean(visit: Visit, { source, place }: Rule, value: Json) {
  const text = isExpression(source) ? source.slice(2, -2).trim() : JSON.stringify(source);
  const cause = `The JSONata expression '${text}' specified for the field '${place}' returned an unexpected result type. Expected 'boolean', but was '${kindOf(value)}' for value: ${JSON.stringify(value)}`;
  return visit.failEvaluation(new QueryFailure(cause, place));
}
