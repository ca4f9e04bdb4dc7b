import { andThen, type Environment, type Eventually } from './environment.ts';
import { StateFailure } from './errors.ts';
import { compileExpression, type Expression, ExpressionError } from './expressions.ts';
import { toJson } from './from-jsonata.ts';
import { isJsonObject, type Json, type JsonObject, setOwn } from './json.ts';

/** A field that holds JSONata somewhere, ready to be filled in. */
export interface Template {
  /** Fills it in; throws {@link QueryFailure} with the place of the expression that failed. */
  evaluate(env: Environment): Eventually<Json>;
}

/** `States.QueryEvaluationError`, and where in the state it arose. */
export class QueryFailure extends StateFailure {
  /** E.g. `Output/items[0]`. */
  readonly location: string | undefined;

  constructor(cause: string, location?: string) {
    super('States.QueryEvaluationError', cause);
    this.location = location;
  }
}

const MARKED = /^\{%([\s\S]*)%\}$/;

/** Whether a value is an expression; like AWS, only a string with nothing before `{%` and nothing after `%}` is. */
export const isExpression = (value: unknown): value is string => typeof value === 'string' && MARKED.test(value);

/** Compiles a JSON value whose strings may be expressions. `location` names it in errors. */
export function compileTemplate(value: Json, location: string): Template {
  const marked = typeof value === 'string' ? MARKED.exec(value)?.[1] : undefined;
  if (marked !== undefined) return fromExpression(compileExpression(marked.trim()), location);
  if (Array.isArray(value)) return fromArray(value, location);
  if (isJsonObject(value)) return fromObject(value, location);
  return { evaluate: () => value };
}

function fromExpression(expression: Expression, location: string): Template {
  const unsupported = () => failed(expression, location, 'returned an unsupported result type.');
  const finish = (value: unknown): Json => {
    if (value === undefined) throw failed(expression, location, 'returned nothing (undefined).');
    return toJson(value, unsupported);
  };
  const rethrow = (error: unknown): never => {
    if (!(error instanceof ExpressionError)) throw error;
    throw failed(expression, location, `threw an error during evaluation${error.message}`);
  };
  return {
    evaluate: (env) => {
      const value = expression.evaluate(env);
      return value instanceof Promise ? value.then(finish, rethrow) : finish(value);
    },
  };
}

const failed = (expression: Expression, location: string, what: string) =>
  new QueryFailure(
    `The JSONata expression '${expression.text}' specified for the field '${location}' ${what}`,
    location,
  );

function fromArray(value: readonly Json[], location: string): Template {
  const items = value.map((item, at) => compileTemplate(item, `${location}[${at}]`));
  return { evaluate: (env) => evaluateAll(items, env) };
}

function fromObject(value: JsonObject, location: string): Template {
  const keys = Object.keys(value);
  const fields = Object.entries(value).map(([key, field]) => compileTemplate(field, `${location}/${key}`));
  const build = (values: readonly Json[]) => {
    const object: Record<string, Json> = {};
    for (const [at, key] of keys.entries()) setOwn(object, key, values[at] ?? null);
    return object;
  };
  return { evaluate: (env) => andThen(evaluateAll(fields, env), build) };
}

/** One after the other, so that the first failure is the one that is told, and ids are drawn in order. */
function evaluateAll(templates: readonly Template[], env: Environment, done: readonly Json[] = []): Eventually<Json[]> {
  const values = [...done];
  for (const template of templates.slice(done.length)) {
    const value = template.evaluate(env);
    if (value instanceof Promise) return value.then((it) => evaluateAll(templates, env, [...values, it]));
    values.push(value);
  }
  return values;
}
