import { describe, expect, it } from 'vitest';
import { crossCheck } from '../../lib/asl/lint/cross-check.ts';

const machine = (states: object, rest: object = {}): object => ({
  QueryLanguage: 'JSONata',
  StartAt: 'A',
  States: states,
  ...rest,
});

const wait = { Type: 'Wait', Seconds: 1, Timestamp: '2026-03-14T01:59:00Z', End: true };
const nested = {
  Type: 'Parallel',
  Branches: [{ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } }],
  End: true,
};

describe('the second opinion', () => {
  it.each([
    ['an unknown field', machine({ A: { Type: 'Pass', Colour: 1, End: true } }), 'schema'],
    ['two durations', machine({ A: wait }), 'wait-duration'],
    ['both Next and End', machine({ A: { Type: 'Pass', Next: 'A', End: true } }), 'next-or-end'],
    ['a target that is not there', machine({ A: { Type: 'Pass', Next: 'B' } }), 'dangling-transition'],
    ['a name used twice', machine({ A: nested }), 'duplicate-state-name'],
  ])('names the rule for %s', (_, definition, rule) => {
    expect(crossCheck(definition).map((problem) => problem.rule)).toContain(rule);
  });

  it('says where, in the words of this linter', () => {
    const definition = machine({
      A: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Retry: [{ ErrorEquals: 1 }], End: true },
    });
    expect(crossCheck(definition).map(({ path }) => path)).toContain('States.A.Retry[0].ErrorEquals');
  });

  it('is not asked about payloads, expressions and partitions, which it misjudges', () => {
    const definition = machine({
      A: {
        Type: 'Choice',
        Choices: [{ Condition: true, Next: 'B', Output: { Next: 'nowhere' } }],
        Default: 'B',
      },
      B: { Type: 'Pass', Output: { States: { C: { Next: 'nowhere' } } }, Next: 'D' },
      D: { Type: 'Task', Resource: 'arn:aws-iso-b:states:::lambda:invoke', TimeoutSeconds: '{%\n1\n%}', End: true },
    });
    expect(crossCheck(definition)).toEqual([]);
  });

  it('leaves the definition as it is', () => {
    const definition = machine({ A: { Type: 'Pass', End: true } });
    crossCheck(definition);
    expect(definition).toEqual(machine({ A: { Type: 'Pass', End: true } }));
  });
});
