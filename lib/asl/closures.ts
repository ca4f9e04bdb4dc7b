import type { Environment } from './environment.ts';
import { isJsonObject, isObject, type Json, setOwn } from './json.ts';
import { type Answer, OPERATORS, truth, UNSURE } from './operators.ts';

/** What a plain expression becomes; it answers {@link UNSURE} when the values turn out not to be plain. */
export type Closure = (env: Environment) => Answer;

type Node = Readonly<Record<string, unknown>>;

/**
 * A syntax tree of JSONata as a closure; `undefined` when it has more than paths, literals, operators, conditions,
 * constructors, `$exists` and `$not`.
 */
export function compileClosure(node: unknown): Closure | undefined {
  if (!isObject(node) || typeof node.type !== 'string') return undefined;
  const shape = SHAPES[node.type];
  const asked = Object.keys(node).filter((key) => node[key] !== undefined && key !== 'type' && key !== 'position');
  return shape && asked.every((key) => shape.keys.includes(key)) ? shape.compile(node) : undefined;
}

interface Shape {
  /** The only properties that a plain node has: any other asks for more than the closure does. */
  readonly keys: readonly string[];
  readonly compile: (node: Node) => Closure | undefined;
}

const literal: Shape = { keys: ['value'], compile: ({ value }) => (isScalar(value) ? () => value : undefined) };

const isScalar = (value: unknown): value is string | number | boolean | null =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

const SHAPES: Readonly<Record<string, Shape>> = {
  string: literal,
  number: literal,
  value: literal,
  variable: { keys: ['value'], compile: compileVariable },
  path: { keys: ['steps'], compile: compilePath },
  binary: { keys: ['value', 'lhs', 'rhs'], compile: compileBinary },
  condition: { keys: ['condition', 'then', 'else'], compile: compileCondition },
  block: { keys: ['expressions'], compile: compileBlock },
  function: { keys: ['value', 'arguments', 'procedure'], compile: compileFunction },
  unary: { keys: ['value', 'lhs', 'expressions'], compile: compileConstructor },
};

function compileVariable({ value: name }: Node): Closure | undefined {
  if (typeof name !== 'string' || name === '' || name === '$' || name === 'states') return undefined;
  // Without a value it may still be the name of a function.
  return (env) => {
    const value = env.variable(name);
    return value === undefined ? UNSURE : value;
  };
}

const FIELDS: Readonly<Record<string, Closure>> = {
  input: (env) => env.input,
  result: (env) => env.result,
  errorOutput: (env) => env.errorOutput,
  context: (env) => env.context(),
};

function compilePath({ steps }: Node): Closure | undefined {
  const [first, ...rest] = Array.isArray(steps) ? steps : [];
  const names = rest.map(nameOf);
  if (!names.every((name) => name !== undefined)) return undefined;
  if (isObject(first) && first.type === 'variable' && first.value === 'states') return compileStates(names);
  const root = isObject(first) && first.type === 'variable' ? compileClosure(first) : undefined;
  return root && ((env) => walk(root(env), names));
}

function compileStates([field = '', ...names]: readonly string[]): Closure | undefined {
  const root = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
  return root && ((env) => walk(root(env), names));
}

const nameOf = (step: unknown): string | undefined => {
  if (!isObject(step) || step.type !== 'name' || typeof step.value !== 'string') return undefined;
  return Object.keys(step).length === 3 ? step.value : undefined;
};

/** Follows names into objects; an array on the way is mapped over, which is not plain. */
function walk(root: Answer, names: readonly string[]): Answer {
  let value = root;
  for (const name of names) {
    if (value === UNSURE || Array.isArray(value)) return UNSURE;
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function compileBinary({ value: name, lhs, rhs }: Node): Closure | undefined {
  const left = compileClosure(lhs);
  const right = compileClosure(rhs);
  if (!left || !right || typeof name !== 'string') return undefined;
  if (name === 'and') return (env) => both(left, right, env, false);
  if (name === 'or') return (env) => both(left, right, env, true);
  const operator = OPERATORS[name];
  return (
    operator &&
    ((env) => {
      const head = left(env);
      const tail = right(env);
      return head === UNSURE || tail === UNSURE ? UNSURE : operator(head, tail);
    })
  );
}

/** `and` ends with a left side that is false, `or` with one that is true. */
function both(left: Closure, right: Closure, env: Environment, end: boolean): Answer {
  const first = truthOf(left, env);
  return first === UNSURE || first === end ? first : truthOf(right, env);
}

function truthOf(closure: Closure, env: Environment): boolean | typeof UNSURE {
  const value = closure(env);
  return value === UNSURE ? UNSURE : truth(value);
}

function compileCondition(node: Node): Closure | undefined {
  const [test, then] = [compileClosure(node.condition), compileClosure(node.then)];
  const otherwise = node.else === undefined ? () => undefined : compileClosure(node.else);
  if (!test || !then || !otherwise) return undefined;
  return (env) => {
    const answer = truthOf(test, env);
    return answer === UNSURE ? UNSURE : answer ? then(env) : otherwise(env);
  };
}

/** Parentheses. */
function compileBlock({ expressions }: Node): Closure | undefined {
  return Array.isArray(expressions) && expressions.length === 1 ? compileClosure(expressions[0]) : undefined;
}

const TESTS: Readonly<Record<string, (value: Json | undefined) => Answer>> = {
  exists: (value) => value !== undefined,
  not: (value) => negate(value === undefined ? UNSURE : truth(value)),
};

const negate = (value: boolean | typeof UNSURE) => (value === UNSURE ? UNSURE : !value);

function compileFunction({ procedure, arguments: args }: Node): Closure | undefined {
  const name = isObject(procedure) && typeof procedure.value === 'string' ? procedure.value : '';
  const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
  const argument = Array.isArray(args) && args.length === 1 ? compileClosure(args[0]) : undefined;
  if (!test || !argument) return undefined;
  return (env) => {
    const value = env.variable(name) === undefined ? argument(env) : UNSURE;
    return value === UNSURE ? UNSURE : test(value);
  };
}

function compileConstructor({ value, lhs, expressions }: Node): Closure | undefined {
  if (value === '{' && Array.isArray(lhs)) return compileObject(lhs);
  if (value === '[' && Array.isArray(expressions)) return compileArray(expressions);
  return undefined;
}

function compileObject(pairs: readonly unknown[]): Closure | undefined {
  const keys = pairs.map((pair) =>
    Array.isArray(pair) && isObject(pair[0]) && pair[0].type === 'string' ? String(pair[0].value) : '',
  );
  const values = pairs.map((pair) => (Array.isArray(pair) ? compileClosure(pair[1]) : undefined));
  const plain = new Set(keys).size === keys.length && keys.every((key) => key !== '' && !key.startsWith('_jsonata_'));
  if (!plain || !values.every((value) => value !== undefined)) return undefined;
  return (env) => {
    const object: Record<string, Json> = {};
    for (const [at, value] of values.entries()) {
      const field = value(env);
      if (field === UNSURE) return UNSURE;
      if (field !== undefined) setOwn(object, keys[at] ?? '', field);
    }
    return object;
  };
}

function compileArray(nodes: readonly unknown[]): Closure | undefined {
  const items = nodes.map((node) => ({ closure: compileClosure(node), nested: isObject(node) && node.value === '[' }));
  if (!items.every(({ closure }) => closure)) return undefined;
  return (env) => {
    const array: Json[] = [];
    for (const { closure, nested } of items) {
      const item = closure?.(env);
      if (item === UNSURE) return UNSURE;
      for (const it of Array.isArray(item) && !nested ? item : [item]) if (it !== undefined) array.push(it);
    }
    return array;
  };
}
