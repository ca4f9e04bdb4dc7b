import { type Data, dataOf } from './data.ts';
import { andThen, type Eventually } from './environment.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Exit } from './state.ts';
import { compileTemplate, QueryFailure, type Template } from './template.ts';
import type { Results, Visit } from './visit.ts';

/** What `Next`, `Output` and `Assign` of a state, a Choice rule or a catcher say. */
export interface Outcome {
  readonly next: string | null;
  readonly output: Template | undefined;
  readonly assign: Template | undefined;
}

/** @param prefix place inside the state, e.g. `Choices[1]/`. */
export function compileOutcome(definition: JsonObject, prefix = ''): Outcome {
  const { Next, Output, Assign } = definition;
  return {
    next: typeof Next === 'string' ? Next : null,
    output: Output === undefined ? undefined : compileTemplate(Output, `${prefix}Output`),
    assign: Assign === undefined ? undefined : compileTemplate(Assign, `${prefix}Assign`),
  };
}

/** Evaluates `Assign` and `Output`, both from the same values; without `Output`, `otherwise` is the output. */
export function conclude(visit: Visit, outcome: Outcome, otherwise: Data, results?: Results): Eventually<Exit> {
  const { next, output, assign } = outcome;
  if (!assign) return withOutput(visit, output, results, otherwise, (data) => ({ next, output: data }));
  return andThen(visit.evaluate(assign, results), (value) => {
    const assigned = variables(visit, value);
    return withOutput(visit, output, results, otherwise, (data) => ({ next, output: data, assigned }));
  });
}

function withOutput(
  visit: Visit,
  output: Template | undefined,
  results: Results | undefined,
  otherwise: Data,
  exit: (data: Data) => Exit,
): Eventually<Exit> {
  if (!output) return exit(visit.checkSize(otherwise));
  return andThen(visit.evaluate(output, results), (json) => exit(visit.checkSize(dataOf(json))));
}

function variables(visit: Visit, value: Json): JsonObject {
  if (isJsonObject(value)) return value;
  throw visit.failEvaluation(new QueryFailure('The Assign field must evaluate to an object.', 'Assign'));
}
