import { describe, expect, it } from 'vitest';
import type { Json } from '../../lib/asl/json.ts';
import { only, stage } from './play.ts';

/** What `Output: "{% expression %}"` of a Pass state gives. */
async function evaluate(expression: string, input: Json = {}) {
  const { output, error, cause } = await stage().play(only({ Type: 'Pass', Output: `{% ${expression} %}` }), input);
  return error === undefined ? output : `${error}: ${cause}`;
}

describe('the functions that AWS adds', () => {
  it.each([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition([1,2,3], 2.9)', [[1, 2], [3]]],
    ['$range(0, 6, 2)', [0, 2, 4, 6]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$range(-1.7, 1, 1)', [-1, 0, 1]],
    ['$range(7, 7, 1)', 7],
    ['$hash("input", "MD5")', 'a43c1b0aa53a0c908810c06ab1ff3967'],
    ['$hash("input", "SHA-1")', '140f86aae51ab9e1cda9b4254fe98a74eb54c1a1'],
    ['$hash("input", "SHA-256")', 'c96c6d5be8d08a12e7b5cdc1b207fa6b2430974c86803d8891675e76fd992c20'],
    ['$parse("{\\"a\\": [1]}").a', [1]],
    ['$parse("-0")', 0],
    ['$random(42) = $random(42)', true],
    ['$now()', '2026-01-01T00:00:00.000Z'],
    ['$now("[Y]-[M01]")', '2026-01'],
    ['$millis()', Date.UTC(2026, 0, 1)],
  ])('%s', async (expression, value) => {
    expect(await evaluate(expression)).toEqual(value);
  });

  it('draw ids and numbers from the engine', async () => {
    const [one, two] = [await evaluate('[$uuid(), $random()]'), await evaluate('[$uuid(), $random()]')];
    expect(one).toEqual(two);
    expect(one).toEqual([
      expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/),
      expect.any(Number),
    ]);
  });

  it.each(['$partition([1], 0)', '$partition([], 1)', '$range(0, 4)', '$range(0, 4, -1)', '$hash("x")'])(
    '%s is nothing',
    async (expression) => {
      expect(await evaluate(expression)).toContain('returned nothing (undefined).');
    },
  );

  it.each([
    ['$hash("x", "SHA-9")', 'SHA-9'],
    ['$hash("x", "toString")', 'toString'],
    ['$parse("{")', 'is not JSON'],
    ['$range(1, 360146, 1)', 'memory limit exceeded'],
  ])('%s fails', async (expression, cause) => {
    expect(await evaluate(expression)).toContain(cause);
  });
});

describe('a failing expression', () => {
  const place =
    "An error occurred while executing the state 'Only' (entered at the event id #2). The JSONata expression";
  it.each([
    ['$states.input.none', `'$states.input.none' specified for the field 'Output' returned nothing (undefined).`],
    [
      '$abs("x")',
      `'$abs("x")' specified for the field 'Output' threw an error during evaluation. T0410: Argument 1 of function "abs" does not match function signature`,
    ],
    [
      '$nosuch(1)',
      `'$nosuch(1)' specified for the field 'Output' threw an error during evaluation. T1006: Attempted to invoke a non-function`,
    ],
    [
      '$error("my own")',
      `'$error("my own")' specified for the field 'Output' threw an error during evaluation. D3137: my own`,
    ],
    ['$sum', `'$sum' specified for the field 'Output' returned an unsupported result type.`],
    [
      '[function($x) { $x }]',
      `'[function($x) { $x }]' specified for the field 'Output' returned an unsupported result type.`,
    ],
  ])('%s says where and why', async (expression, why) => {
    expect(await evaluate(expression)).toBe(`States.QueryEvaluationError: ${place} ${why}`);
  });

  it('is found wherever it is', async () => {
    const Output = { a: { b: ['x', '{% $states.input.none %}'] } };
    const execution = await stage().play(only({ Type: 'Pass', Output }));
    expect(execution.history[2]).toMatchObject({
      type: 'EvaluationFailed',
      evaluationFailedEventDetails: { location: 'Output/a/b[1]', state: 'Only' },
    });
  });
});

describe('values that JSON lacks', () => {
  it.each([
    ['1/0', 'Infinity'],
    ['[-1/0]', ['-Infinity']],
    ['{"a": $states.input.none}', {}],
    ['[$states.input.none]', []],
    ['null', null],
  ])('%s', async (expression, value) => {
    expect(await evaluate(expression)).toEqual(value);
  });
});

describe('a runaway expression is stopped', () => {
  it.each([
    ['by time', '($f := function($n) { $f($n + 1) }; $f(0))', 'timeout'],
    ['by depth', '($f := function($n) { 1 + $f($n + 1) }; $f(0))', 'Stack overflow error'],
    ['by the length of a range', '[1..10000000]', 'memory limit exceeded'],
    ['by the length of a sequence', '$count([1..900000].{"a": $})', 'memory limit exceeded'],
  ])('%s', async (_, expression, cause) => {
    const start = performance.now();
    expect(await evaluate(expression)).toContain(cause);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('by the size of its result, before that is written out', async () => {
    expect(await evaluate('$reduce([1..25], function($a, $b) { $a & $a }, "x")')).toContain('States.DataLimitExceeded');
    expect(await evaluate('$reduce([1..40], function($a, $b) { $a & $a }, "x")')).toContain('Invalid string length');
  });
});

describe('prototypes', () => {
  it('cannot be reached', async () => {
    const polluted = JSON.parse(
      '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}',
    ) as Json;
    for (const expression of [
      '$states.input',
      '$merge([$states.input, {"a": 1}])',
      '$states.input ~> |$|{"__proto__": {"polluted": 1}}|',
      '{"__proto__": {"polluted": 1}}',
    ]) {
      await evaluate(expression, polluted);
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('are data when they are names', async () => {
    const input = JSON.parse('{"__proto__": {"a": 1}}') as Json;
    expect(JSON.stringify(await evaluate('$states.input.`__proto__`', input))).toBe('{"a":1}');
    expect(JSON.stringify(await evaluate('{"__proto__": $states.input}', {}))).toBe('{"__proto__":{}}');
  });

  it.each(['$states.input.constructor', '$states.input.toString', '$toString', '$constructor'])(
    '%s is nothing',
    async (expression) => {
      expect(await evaluate(expression)).toContain('returned nothing (undefined).');
    },
  );
});

describe('what is evaluated once more after a crash', () => {
  it('cannot be seen by $eval, which does not exist', () => {
    expect(() => only({ Type: 'Pass', Output: '{% $eval("1") %}' })).toThrow('jsonata-eval');
  });
});
