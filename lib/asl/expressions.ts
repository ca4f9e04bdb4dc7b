import jsonata from 'jsonata';
import { compileClosure } from './closures.ts';
import type { Environment } from './environment.ts';
import { inTurn } from './evaluation-turn.ts';
import { FUNCTIONS } from './functions.ts';
import { type Json, setOwn } from './json.ts';
import { UNSURE } from './operators.ts';
import { readReferences } from './references.ts';

/**
 * Where an expression stops: milliseconds of work, nesting (what is evaluated side by side counts, so that
 * this is above the 100 of AWS), and elements of one sequence (AWS stops at the bytes of as many numbers).
 */
const GUARDS = { timeout: 1_000, stack: 500, sequence: 873_782 } as const;

const GUARD_MESSAGES: Readonly<Record<string, string>> = {
  D1011: 'Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive.',
  D1012: 'Expression evaluation timeout: Check for infinite loop',
  D2014: 'Expression evaluation memory limit exceeded: Check for excessive memory usage',
  D2015: 'Expression evaluation memory limit exceeded: Check for excessive memory usage',
};

/** A JSONata expression that threw. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** A JSONata expression, ready to be evaluated any number of times. */
export interface Expression {
  /** Without `{%` and `%}`, trimmed. */
  readonly text: string;
  /** The value, `undefined` when there is none; a promise of what jsonata makes of it, or of an {@link ExpressionError}. */
  evaluate(env: Environment): Json | undefined | Promise<unknown>;
}

/**
 * Compiles an expression; it must parse.
 *
 * Plain ones become a closure, which answers UNSURE whenever it meets anything but the plainest values: then the
 * reference implementation decides, so that errors come from it alone.
 */
export function compileExpression(text: string): Expression {
  const reference = compileReference(text);
  const closure = compileClosure(reference.ast);
  if (!closure) return { text, evaluate: reference.evaluate };
  return {
    text,
    evaluate: (env) => {
      const answer = closure(env);
      return answer === UNSURE ? reference.evaluate(env) : answer;
    },
  };
}

/** The reference implementation: jsonata itself, with what AWS adds and takes away. */
export function compileReference(text: string): {
  readonly ast: jsonata.ExprNode;
  evaluate(env: Environment): Promise<unknown>;
} {
  const expression = jsonata(text, GUARDS);
  const ast = expression.ast();
  const { variables, states } = readReferences(ast);
  return {
    ast,
    evaluate: async (env) => {
      const bindings: Record<string, unknown> = { states: statesOf(env, states) };
      for (const name of variables) bind(bindings, name, env);
      try {
        return await inTurn(GUARDS.timeout, tookTooLong, () => expression.evaluate(undefined, bindings));
      } catch (error) {
        throw new ExpressionError(describe(error));
      }
    },
  };
}

function bind(bindings: Record<string, unknown>, name: string, env: Environment): void {
  const variable = env.variable(name);
  if (variable !== undefined) setOwn(bindings, name, variable);
  else if (Object.hasOwn(FUNCTIONS, name)) bindings[name] = FUNCTIONS[name]?.(env);
}

const READERS: Readonly<Record<string, (env: Environment) => Json | undefined>> = {
  input: (env) => env.input,
  result: (env) => env.result,
  errorOutput: (env) => env.errorOutput,
  context: (env) => env.context(),
};

/** `$states`, with those of its fields that the expression may read. */
function statesOf(env: Environment, fields: ReadonlySet<string> | 'all'): Record<string, unknown> {
  const states: Record<string, unknown> = {};
  for (const [field, read] of Object.entries(READERS)) {
    const value = fields === 'all' || fields.has(field) ? read(env) : undefined;
    if (value !== undefined) states[field] = value;
  }
  return states;
}

const tookTooLong = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'D1012';

/** jsonata throws plain objects with a code. */
function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null) return `: ${String(error)}`;
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== 'string') return `: ${String(message)}`;
  const guard = GUARD_MESSAGES[code];
  return guard ? `: ${guard}` : `. ${code}: ${String(message)}`;
}
