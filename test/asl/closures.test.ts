import fc from 'fast-check';
import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { compileClosure } from '../../lib/asl/closures.ts';
import type { Environment } from '../../lib/asl/environment.ts';
import { StateFailure } from '../../lib/asl/errors.ts';
import { compileExpression, compileReference } from '../../lib/asl/expressions.ts';
import { toJson } from '../../lib/asl/from-jsonata.ts';
import type { Json } from '../../lib/asl/json.ts';
import { UNSURE } from '../../lib/asl/operators.ts';
import { seededIds } from '../../lib/asl/random.ts';

const NAMES = ['a', 'b', 'c', '__proto__', 'constructor', 'odd name', 'not'] as const;
const VARIABLES = ['x', 'y', 'list', 'missing', 'not', 'sum'] as const;

const name = fc.constantFrom(...NAMES);
const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(null, true, false, '', 'text', '5', 0, -1, 1, 2.5, 0.1, 1e20, 1 / 3),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
})).value;

const quoted = (text: string) => (/^[a-z]+$/.test(text) ? text : `\`${text}\``);
const path = fc
  .tuple(
    fc.constantFrom('$states.input', '$states.result', '$states.context', ...VARIABLES.map((it) => `$${it}`)),
    fc.array(name, { maxLength: 3 }),
  )
  .map(([root, names]) => [root, ...names.map(quoted)].join('.'));
const literal = fc.constantFrom('1', '0', '2.5', '-3', '"text"', '""', "'5'", 'true', 'false', 'null', '"["');

/** Expressions of the plain kind, and a few that are not so plain amid them. */
const expression = fc.letrec<{ any: string }>((tie) => {
  const any = tie('any');
  const operator = fc.constantFrom(
    '+',
    '-',
    '*',
    '/',
    '%',
    '=',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
    '&',
    'and',
    'or',
    'in',
    '~>',
  );
  return {
    any: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      path,
      literal,
      fc.tuple(any, operator, any).map(([left, op, right]) => `(${left} ${op} ${right})`),
      fc.tuple(any, any, any).map((parts) => `(${parts[0]} ? ${parts[1]} : ${parts[2]})`),
      fc.tuple(any, any).map(([test, then]) => `(${test} ? ${then})`),
      fc
        .tuple(fc.constantFrom('exists', 'not', 'string', 'count', 'boolean'), any)
        .map(([fn, argument]) => `$${fn}(${argument})`),
      fc.array(any, { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      fc
        .array(fc.tuple(name, any), { maxLength: 3 })
        .map((pairs) => `{${pairs.map(([key, it]) => `"${key}": ${it}`).join(', ')}}`),
      fc.tuple(path, fc.constantFrom('[0]', '[]', '[a = 1]', '.*')).map((parts) => parts.join('')),
    ),
  };
}).any;

interface Scene {
  readonly input: Json;
  readonly result: Json | undefined;
  readonly variables: Readonly<Record<string, Json>>;
}

const scene: fc.Arbitrary<Scene> = fc.record({
  input: value,
  result: fc.option(value, { nil: undefined }),
  variables: fc.dictionary(fc.constantFrom('x', 'y', 'list', 'not'), value, { maxKeys: 3 }),
});

function environmentOf({ input, result, variables }: Scene): Environment {
  return {
    input,
    result,
    context: () => ({ Execution: { Name: 'one' }, a: input }),
    variable: (it) => (Object.hasOwn(variables, it) ? variables[it] : undefined),
    now: 0,
    ids: seededIds(1),
  };
}

/** What an evaluation comes to: its value as JSON, nothing, or its error. */
async function outcome(evaluate: () => unknown): Promise<string> {
  try {
    const result = await evaluate();
    return result === undefined ? 'nothing' : JSON.stringify(toJson(result, () => new StateFailure('function')));
  } catch (error) {
    return `error ${error instanceof Error ? error.message : String(error)}`;
  }
}

const parses = (text: string): boolean => {
  try {
    jsonata(text);
    return true;
  } catch {
    return false;
  }
};

describe('expressions compiled to closures', () => {
  it('come to the same value, nothing or error as in jsonata', async () => {
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(expression.filter(parses), scene, async (text, it) => {
        const env = environmentOf(it);
        const answer = compileExpression(text).evaluate(env);
        if (!(answer instanceof Promise)) plain++;
        expect(await outcome(() => answer)).toBe(await outcome(() => compileReference(text).evaluate(env)));
      }),
      { numRuns: 3_000 },
    );
    // The property says nothing unless the closures do answer.
    expect(plain).toBeGreaterThan(600);
  });

  it.each(['+', '-', '*', '/', '%', '=', '!=', '<', '<=', '>', '>=', '&', 'and', 'or'])(
    'have the operator %s of jsonata, whatever stands on its sides',
    async (operator) => {
      const values: readonly (Json | undefined)[] = [
        undefined,
        null,
        true,
        false,
        0,
        1,
        2.5,
        '',
        'a',
        'b',
        [],
        [1],
        {},
        { a: 1 },
      ];
      const text = `$states.input.l ${operator} $states.input.r`;
      const [expression, reference] = [compileExpression(text), compileReference(text)];
      for (const [l, r] of values.flatMap((left) => values.map((right) => [left, right]))) {
        const input = { ...(l === undefined ? {} : { l }), ...(r === undefined ? {} : { r }) };
        const env = environmentOf({ input, result: undefined, variables: {} });
        expect([l, r, await outcome(() => expression.evaluate(env))]).toEqual([
          l,
          r,
          await outcome(() => reference.evaluate(env)),
        ]);
      }
    },
  );

  it.each([
    ['$states.input.a', { a: { b: 1 } }, { b: 1 }],
    ['$states.input.items', { items: [] }, []],
    ['$states.input.a & "!" & $states.input.b', { a: 'x' }, 'x!'],
    ['$states.input.n > 1 and $exists($states.input.n)', { n: 2 }, true],
    ['{"id": $states.input.a, "none": $states.input.b}', { a: 1 }, { id: 1 }],
    ['$states.input.a = null ? "none" : [1, [2]]', { a: null }, 'none'],
    ['$not($states.input.done)', { done: false }, true],
  ])('answer %s themselves', (text, input: Json, expected) => {
    const closure = compileClosure(jsonata(text).ast());
    expect(closure?.(environmentOf({ input, result: undefined, variables: {} }))).toEqual(expected);
  });

  it.each([
    ['$states.input.a.b', { a: [{ b: 1 }] }],
    ['$states.input.a < 1', { a: 'text' }],
    ['$states.input.a / 0', { a: 1 }],
    ['$missing', {}],
    ['$states.input.a = $states.input.a', { a: {} }],
  ])('leave %s on %j to jsonata', (text, input: Json) => {
    const closure = compileClosure(jsonata(text).ast());
    expect(closure?.(environmentOf({ input, result: undefined, variables: {} }))).toBe(UNSURE);
  });

  it.each(['$sum([1])', '$states.input.a[0]', '$states', '($x := 1; $x)', 'a.b', '$', '/a/', '$states.input.a^(b)'])(
    'do not try %s',
    (text) => {
      expect(compileClosure(jsonata(text).ast())).toBeUndefined();
    },
  );
});
