import { StateFailure } from '../errors.ts';
import type { Json } from '../json.ts';
import type { Compile } from '../state.ts';
import { compileTemplate, QueryFailure, type Template } from '../template.ts';
import type { Visit } from '../visit.ts';

/** Fail: ends the machine or branch as failed, with `Error` and `Cause`. */
export const compileFail: Compile = (definition) => {
  const error = compileText(definition.Error, 'Error');
  const cause = compileText(definition.Cause, 'Cause');
  return async (visit) => {
    throw new StateFailure(await error?.(visit), await cause?.(visit));
  };
};

function compileText(source: Json | undefined, field: string): ((visit: Visit) => Promise<string>) | undefined {
  return source === undefined ? undefined : (visit) => evaluateText(visit, compileTemplate(source, field), field);
}

async function evaluateText(visit: Visit, template: Template, field: string): Promise<string> {
  const value = await visit.evaluate(template);
  if (typeof value === 'string') return value;
  const cause = `The ${field} field must be a string but was: ${JSON.stringify(value)}`;
  throw visit.failEvaluation(new QueryFailure(cause, field));
}
