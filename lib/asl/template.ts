import type { Environment, Eventually } from './environment.ts';
import { StateFailure } from './errors.ts';
import { compileExpression, type Expression, ExpressionError } from './expressions.ts';
import { toJson } from './from-jsonata.ts';
import { isJsonObject, type Json, type JsonObject, setOwn } from './json.ts';

/** A field that holds JSONata somewhere, ready to be filled in. */
export interface Template {
  /** The value, when there is no expression in it. */
  readonly constant?: Json;
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
  return constantly(value);
}

function fromExpression(expression: Expression, location: string): Template {
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw failed(expression, location, 'returned nothing (undefined).');
    return value;
  };
  const unsupported = () => failed(expression, location, 'returned an unsupported result type.');
  const finish = (value: unknown): Json => toJson(present(value), unsupported);
  const rethrow = (error: unknown): never => {
    if (!(error instanceof ExpressionError)) throw error;
    throw failed(expression, location, `threw an error during evaluation${error.message}`);
  };
  return {
    evaluate: (env) => {
      const value = expression.evaluate(env);
      return value instanceof Promise ? value.then(finish, rethrow) : present(value);
    },
  };
}

const failed = (expression: Expression, location: string, what: string) =>
  new QueryFailure(
    `The JSONata expression '${expression.text}' specified for the field '${location}' ${what}`,
    location,
  );

const constantly = (value: Json): Template => ({ constant: value, evaluate: () => value });

function fromArray(value: readonly Json[], location: string): Template {
  const items = value.map((item, at) => compileTemplate(item, `${location}[${at}]`));
  if (items.every(({ constant }) => constant !== undefined)) return constantly(value);
  return { evaluate: (env) => fill<Json[]>([], items, (array, _, item) => array.push(item), env) };
}

function fromObject(value: JsonObject, location: string): Template {
  const keys = Object.keys(value);
  const fields = Object.entries(value).map(([key, field]) => compileTemplate(field, `${location}/${key}`));
  if (fields.every(({ constant }) => constant !== undefined)) return constantly(value);
  const put = (object: Record<string, Json>, at: number, field: Json) => setOwn(object, keys[at] ?? '', field);
  return { evaluate: (env) => fill<Record<string, Json>>({}, fields, put, env) };
}

/** Evaluates one part after the other, so that the first failure is the one that is told, and ids are drawn in order. */
function fill<T extends Json>(
  whole: T,
  parts: readonly Template[],
  put: (whole: T, at: number, part: Json) => void,
  env: Environment,
  from = 0,
): Eventually<T> {
  for (let at = from; at < parts.length; at++) {
    const part = parts[at]?.evaluate(env) ?? null;
    if (part instanceof Promise) {
      return part.then((value) => {
        put(whole, at, value);
        return fill(whole, parts, put, env, at + 1);
      });
    }
    put(whole, at, part);
  }
  return whole;
}
