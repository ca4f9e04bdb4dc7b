import { describe, expect, it } from 'vitest';
import { StateFailure } from '../../lib/asl/errors.ts';
import { matches } from '../../lib/asl/policy.ts';
import type { TaskHandler } from '../../lib/asl/tasks.ts';
import { call, machineOf, only, stage, types } from './play.ts';

/** Fails with each of the errors in turn, then succeeds. */
const failingWith = (...errors: readonly string[]): TaskHandler => {
  let attempt = 0;
  return async () => {
    const error = errors[attempt++];
    if (error !== undefined) throw new StateFailure(error, `cause of ${error}`);
    return `attempt ${attempt}`;
  };
};

const always = (error: string) => failingWith(...new Array<string>(100).fill(error));

/** Seconds between the attempts of the only Task. */
async function delays(retry: readonly object[], tasks: TaskHandler, random?: number): Promise<number[]> {
  const ids = { uuid: () => 'x'.repeat(36), token: () => 'token', random: () => random ?? 0.5 };
  const execution = await stage(tasks, { ids }).play(only(call('work', { Retry: retry, End: true })));
  const starts = execution.history
    .filter(({ type }) => type === 'TaskScheduled')
    .map(({ timestamp }) => Date.parse(timestamp));
  return starts.slice(1).map((start, at) => (start - (starts[at] ?? 0)) / 1000);
}

describe('Retry', () => {
  it.each([
    [{}, [1, 2, 4]],
    [{ MaxAttempts: 5, IntervalSeconds: 10, BackoffRate: 1 }, [10, 10, 10, 10, 10]],
    [{ MaxAttempts: 4, IntervalSeconds: 3, BackoffRate: 3, MaxDelaySeconds: 20 }, [3, 9, 20, 20]],
    [{ MaxAttempts: 0 }, []],
    [{ MaxAttempts: 2, IntervalSeconds: 8, JitterStrategy: 'FULL' }, [4, 8]],
    [{ MaxAttempts: 2, IntervalSeconds: 8, JitterStrategy: 'NONE' }, [8, 16]],
  ])('%j waits %j seconds', async (fields, seconds) => {
    expect(await delays([{ ErrorEquals: ['States.ALL'], ...fields }], always('Any'))).toEqual(seconds);
  });

  it('counts for each retrier of its own', async () => {
    const retry = [
      { ErrorEquals: ['A'], IntervalSeconds: 1, MaxAttempts: 2 },
      { ErrorEquals: ['B'], IntervalSeconds: 100, MaxAttempts: 1 },
    ];
    expect(await delays(retry, failingWith('A', 'B', 'A', 'B'))).toEqual([1, 100, 2]);
  });

  it('shows the number of the attempt in the context', async () => {
    const seen: unknown[] = [];
    const tasks: TaskHandler = async ({ context }) => {
      seen.push(Reflect.get(Object(Reflect.get(Object(context), 'State')), 'RetryCount'));
      throw new Error('no');
    };
    await stage(tasks).play(only(call('work', { Retry: [{ ErrorEquals: ['Error'], MaxAttempts: 2 }], End: true })));
    expect(seen).toEqual([0, 1, 2]);
  });

  it('leaves the last result', async () => {
    const execution = await stage(failingWith('A')).play(
      only(call('work', { Retry: [{ ErrorEquals: ['A'] }], End: true })),
    );
    expect(execution.output).toBe('attempt 2');
  });
});

describe('Catch', () => {
  const machine = (Catch: readonly object[]) =>
    machineOf({
      Work: call('work', { Catch, Next: 'Last' }),
      Caught: { Type: 'Pass', Output: ['{% $states.input %}', '{% $exists($seen) ? $seen : "none" %}'], End: true },
      Last: { Type: 'Succeed' },
    });

  it('goes on with Error and Cause, by the first catcher that matches', async () => {
    const execution = await stage(always('A')).play(
      machine([
        { ErrorEquals: ['B'], Next: 'Last' },
        { ErrorEquals: ['A', 'C'], Next: 'Caught' },
        { ErrorEquals: ['States.ALL'], Next: 'Last' },
      ]),
    );
    expect(execution.output).toEqual([{ Error: 'A', Cause: 'cause of A' }, 'none']);
    expect(types(execution)).toContain('TaskStateExited');
  });

  it('has an Output and an Assign that see the error and the input', async () => {
    const Output = { error: '{% $states.errorOutput.Error %}', input: '{% $states.input %}' };
    const Assign = { seen: '{% $states.errorOutput.Cause %}' };
    const execution = await stage(always('A')).play(machine([{ ErrorEquals: ['A'], Next: 'Caught', Output, Assign }]), {
      i: 1,
    });
    expect(execution.output).toEqual([{ error: 'A', input: { i: 1 } }, 'cause of A']);
  });

  it('sees what fails in the Output of the state itself', async () => {
    const work = call('work', {
      Output: '{% $states.result.none %}',
      Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Last' }],
      Next: 'Last',
    });
    const execution = await stage().play(machineOf({ Work: work, Last: { Type: 'Succeed' } }));
    expect(execution.status).toBe('SUCCEEDED');
    expect(types(execution)).toContain('EvaluationFailed');
  });

  it('is not asked before retries are used up', async () => {
    const work = call('work', {
      Retry: [{ ErrorEquals: ['A'], MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ['A'], Next: 'Last' }],
      Next: 'Last',
    });
    const execution = await stage(always('A')).play(machineOf({ Work: work, Last: { Type: 'Succeed' } }));
    expect(types(execution).filter((type) => type === 'TaskFailed')).toHaveLength(2);
  });
});

describe('ErrorEquals', () => {
  const limit = new StateFailure('States.DataLimitExceeded', '', { terminal: true });
  it.each([
    ['States.ALL', new StateFailure('Any'), true],
    ['States.ALL', new StateFailure('States.Timeout'), true],
    ['States.ALL', new StateFailure(undefined), true],
    ['States.ALL', limit, false],
    ['States.DataLimitExceeded', limit, true],
    ['States.TaskFailed', new StateFailure('Any'), true],
    ['States.TaskFailed', new StateFailure('States.Timeout'), false],
    ['States.TaskFailed', limit, false],
    ['States.Timeout', new StateFailure('States.Timeout'), true],
    ['States.HeartbeatTimeout', new StateFailure('States.Timeout'), false],
    ['any', new StateFailure('Any'), false],
    ['toString', new StateFailure('Any'), false],
  ])('%s on %s is %s', (name, failure, expected) => {
    expect(matches([name], failure)).toBe(expected);
  });

  it('of a failure for good sees nothing', async () => {
    const ask = { Type: 'Choice', Choices: [{ Condition: false, Next: 'Ask' }] };
    const machine = machineOf({
      P: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'Ask', States: { Ask: ask } }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Last' }],
        Next: 'Last',
      },
      Last: { Type: 'Succeed' },
    });
    const execution = await stage().play(machine);
    expect([execution.status, execution.error]).toEqual(['FAILED', 'States.Runtime']);
    expect(types(execution)).not.toContain('ParallelStateFailed');
  });
});
