import type { Json, JsonObject } from '../../../lib/asl/json.ts';
import type { Case } from './case.ts';

/** A difference that generated machines are kept from, for they would meet little else: a machine that shows it. */
export interface Avoided {
  readonly name: string;
  readonly shows: Case;
  /** What it gives by AWS's documentation. */
  readonly output: Json;
}

const LAMBDA = 'arn:aws:states:::lambda:invoke';

const pass = (fields: JsonObject): JsonObject => ({ Type: 'Pass', ...fields });

/** What the rules of `expressions.ts`, `states.ts` and `scope.ts` leave out. */
export const AVOIDED: readonly Avoided[] = [
  shown('Output sees what the same state assigns', 1, {
    First: pass({ Assign: { v: 1 }, Next: 'Then' }),
    Then: pass({ Assign: { v: 2 }, Output: '{% $v %}', End: true }),
  }),
  shown('a rule of a Choice that leads where Default leads is taken for the default', 'rule', {
    Choose: {
      Type: 'Choice',
      Choices: [{ Condition: '{% true %}', Output: 'rule', Next: 'End' }],
      Default: 'End',
      Output: 'default',
    },
    End: { Type: 'Succeed' },
  }),
  shown('ItemSelector cannot be an expression', [{ v: 5 }], {
    Each: {
      Type: 'Map',
      Items: [5],
      ItemSelector: '{% {"v": $states.context.Map.Item.Value} %}',
      ItemProcessor: { StartAt: 'Item', States: { Item: pass({ End: true }) } },
      End: true,
    },
  }),
  shown('the item of a Map is forgotten in a Parallel inside it', [[7]], {
    Each: {
      Type: 'Map',
      Items: [7],
      ItemProcessor: {
        StartAt: 'Both',
        States: {
          Both: {
            Type: 'Parallel',
            Branches: [
              {
                StartAt: 'Item',
                States: { Item: pass({ Output: '{% $states.context.Map.Item.Value %}', End: true }) },
              },
            ],
            End: true,
          },
        },
      },
      End: true,
    },
  }),
  shown('ToleratedFailureCount is not minded by an inline Map', [1], {
    Each: {
      Type: 'Map',
      Items: [0, 1],
      MaxConcurrency: 1,
      ToleratedFailureCount: 1,
      ItemProcessor: {
        StartAt: 'Choose',
        States: {
          Choose: {
            Type: 'Choice',
            Choices: [{ Condition: '{% $states.input = 0 %}', Next: 'Fail' }],
            Default: 'Item',
          },
          Fail: { Type: 'Fail', Error: 'E.Broken' },
          Item: { Type: 'Succeed' },
        },
      },
      End: true,
    },
  }),
  shown('$hash is not there', '0cc175b9c0f1b6a831c399e269772661', {
    Hash: pass({ Output: '{% $hash("a", "MD5") %}', End: true }),
  }),
  shown('$base64encode of other than ASCII', '5A==', {
    Encode: pass({ Output: '{% $base64encode("ä") %}', End: true }),
  }),
  shown('whole and broken numbers cannot be sorted together', [1, 2.5], {
    Sort: pass({ Output: '{% $sort([2.5, 1]) %}', End: true }),
  }),
  shown('$states is not seen between brackets when other variables stand outside', [1, 3], {
    First: pass({ Assign: { v: 1 }, Output: { n: 3 }, Next: 'Then' }),
    Then: pass({ Output: '{% $append($v, [$states.input.n]) %}', End: true }),
  }),
  shown('what stands between two divisions is taken for a regular expression', 3, {
    First: pass({ Output: { n: 8, m: 2 }, Next: 'Then' }),
    Then: pass({ Output: '{% $abs(8 / 4) + $states.input.m / 2 %}', End: true }),
  }),
  shown('a quotation mark in a variable', '{"a":1}', {
    First: pass({ Assign: { v: '{% $string({"a": 1}) %}' }, Next: 'Then' }),
    Then: pass({ Output: '{% $v %}', End: true }),
  }),
  shown('an expression that throws is not for a Catch of States.QueryEvaluationError', 'caught', {
    Call: {
      Type: 'Task',
      Resource: LAMBDA,
      Arguments: { FunctionName: 'any', Payload: '{% "a" + 1 %}' },
      Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Output: 'caught', Next: 'End' }],
      End: true,
    },
    End: { Type: 'Succeed' },
  }),
];

function shown(name: string, output: Json, States: Readonly<Record<string, JsonObject>>): Avoided {
  const definition = { QueryLanguage: 'JSONata', StartAt: Object.keys(States)[0] ?? '', States };
  const mocks = Object.fromEntries(
    Object.entries(States)
      .filter(([, { Type }]) => Type === 'Task')
      .map(([state]) => [state, [{ result: null }]]),
  );
  return {
    name,
    output,
    shows: { name: `Avoided${name.replaceAll(/\W+/g, '-')}`.slice(0, 80), definition, input: {}, mocks },
  };
}
