import { describe, expect, it } from 'vitest';
import { call, chain, machineOf, only, stage, types } from './play.ts';

const pass = (rest: object = { End: true }) => ({ Type: 'Pass', ...rest });
const fail = { Type: 'Fail', Error: 'MyError', Cause: 'my cause' };
const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } });

describe('Pass, Succeed and Fail', () => {
  it('hand on what they get, or what Output says', async () => {
    const machine = machineOf({
      One: pass({ Output: { got: '{% $states.input.a %}' }, Next: 'Two' }),
      Two: { Type: 'Succeed' },
    });
    const execution = await stage().play(machine, { a: 1 });
    expect(execution.status).toBe('SUCCEEDED');
    expect(execution.output).toEqual({ got: 1 });
  });

  it('take Error and Cause from expressions', async () => {
    const machine = machineOf({
      Only: { Type: 'Fail', Error: '{% "E" & $states.input.a %}', Cause: '{% $states.input.b %}' },
    });
    const execution = await stage().play(machine, { a: 1, b: 'why' });
    expect([execution.status, execution.error, execution.cause]).toEqual(['FAILED', 'E1', 'why']);
  });

  it.each([
    [{ Type: 'Pass', Output: '{% $none %}' }, 3],
    [{ Type: 'Pass', Assign: { v: '{% $none %}' } }, 3],
    [call('work', { Arguments: '{% $none %}', Next: 'End' }), 3],
    [{ Type: 'Wait', Seconds: '{% $none %}' }, 4],
    [call('work', { Output: '{% $none %}', Next: 'End' }), 7],
  ])('fail in %j after event %i, as AWS recorded it', async (state, previous) => {
    const execution = await stage().play(
      machineOf({ First: pass({ Next: 'Then' }), Then: { ...state, Next: 'End' }, End: pass() }),
    );
    const failed = execution.history.find(({ type }) => type === 'EvaluationFailed');
    expect(failed?.previousEventId).toBe(previous);
  });

  it('need no Error and no Cause', async () => {
    const execution = await stage().play(machineOf({ Only: { Type: 'Fail' } }));
    expect(execution.history.at(-1)).toMatchObject({ type: 'ExecutionFailed', executionFailedEventDetails: {} });
  });
});

describe('Assign', () => {
  it('is evaluated from the same values as Output, and seen by later states only', async () => {
    const machine = machineOf({
      One: pass({ Assign: { x: 1 }, Next: 'Two' }),
      Two: pass({ Assign: { x: '{% $x + 1 %}' }, Output: '{% $x %}', Next: 'Three' }),
      Three: pass({ Output: ['{% $states.input %}', '{% $x %}'], End: true }),
    });
    expect((await stage().play(machine)).output).toEqual([1, 2]);
  });

  it('in a branch is not seen outside, and what is outside is seen inside', async () => {
    const inside = { StartAt: 'In', States: { In: pass({ Assign: { y: 9 }, Output: '{% $x %}', End: true }) } };
    const machine = machineOf({
      One: pass({ Assign: { x: 5 }, Next: 'Both' }),
      Both: { Type: 'Parallel', Branches: [inside], Next: 'Last' },
      Last: pass({ Output: ['{% $states.input %}', '{% $exists($y) %}'], End: true }),
    });
    expect((await stage().play(machine)).output).toEqual([[5], false]);
  });

  it('shows in the history as JSON texts', async () => {
    const execution = await stage().play(only(pass({ Assign: { a: [1], b: 'text' } })));
    expect(execution.history[2]).toMatchObject({
      stateExitedEventDetails: { assignedVariables: { a: '[1]', b: '"text"' } },
    });
  });
});

describe('Choice', () => {
  const rule = (value: unknown) => ({ Choices: [{ Condition: value, Next: 'Yes' }], Default: 'No' });
  const machine = (value: unknown) =>
    machineOf({
      Ask: { Type: 'Choice', ...rule(value) },
      Yes: pass({ Output: 'yes', End: true }),
      No: pass({ Output: 'no', End: true }),
    });

  it.each([
    [true, 'yes'],
    [false, 'no'],
    ['{% $states.input.n > 1 %}', 'yes'],
    ['{% $states.input.n in [1] %}', 'no'],
  ])('goes by %j', async (condition, output) => {
    expect((await stage().play(machine(condition), { n: 2 })).output).toBe(output);
  });

  it.each([
    ['{% $states.input.none > 1 %}', 'returned nothing (undefined).'],
    ['{% "yes" %}', "returned an unexpected result type. Expected 'boolean', but was 'string' for value: \"yes\""],
    [
      '{% "5" > 3 %}',
      'threw an error during evaluation. T2009: The values "5" and 3 either side of operator ">" must be of the same data type',
    ],
  ])('fails on %s', async (condition, cause) => {
    const execution = await stage().play(machine(condition));
    expect(execution.error).toBe('States.QueryEvaluationError');
    expect(execution.cause).toContain(`specified for the field 'Choices[0]/Condition' ${cause}`);
  });

  it('fails for good without a rule that holds and without Default', async () => {
    const both = { Type: 'Choice', Choices: [{ Condition: false, Next: 'Yes' }] };
    const execution = await stage().play(machineOf({ Ask: both, Yes: pass() }));
    expect(execution.error).toBe('States.Runtime');
    expect(execution.cause).toContain(
      'Failed to transition out of the state. The state does not point to a next state.',
    );
    expect(types(execution)).toEqual(['ExecutionStarted', 'ChoiceStateEntered', 'ExecutionFailed']);
  });
});

describe('Wait', () => {
  it.each([
    [{ Seconds: 90 }, 90_000],
    [{ Seconds: '{% $states.input.seconds %}' }, 5_000],
    [{ Timestamp: '2026-01-01T00:01:00Z' }, 60_000],
    [{ Timestamp: '2026-01-01T02:01:00.5+02:00' }, 60_500],
    [{ Timestamp: '2025-01-01T00:00:00Z' }, 0],
  ])('%j takes %i ms', async (field, ms) => {
    const { clock, play } = stage();
    const before = clock.now();
    const execution = await play(only({ Type: 'Wait', ...field }), { seconds: 5 });
    expect(execution.status).toBe('SUCCEEDED');
    expect(clock.now() - before).toBe(ms);
  });

  it('shows as parked', async () => {
    const execution = await stage().start(only({ Type: 'Wait', Seconds: 1 }));
    expect(execution.parked).toEqual(['Only']);
  });

  it.each([
    [{ Seconds: '{% "soon" %}' }, "Expected 'number', but was 'string' for value: \"soon\""],
    [{ Seconds: '{% -1 %}' }, "The value for the field 'Seconds' must be an integer from 0 to 99999999, but was: -1"],
    [{ Seconds: '{% 1e300 %}' }, 'must be an integer from 0 to 99999999, but was: 1e+300'],
    [
      { Timestamp: '{% "tomorrow" %}' },
      'cannot be parsed as an ISO-8601 extended offset date-time format string: tomorrow',
    ],
  ])('fails on %j', async (field, cause) => {
    const execution = await stage().play(only({ Type: 'Wait', ...field }));
    expect(execution.cause).toContain(cause);
  });
});

describe('Parallel', () => {
  it('chains each branch of its own, and goes on from the last event of all', async () => {
    const machine = machineOf({
      P: { Type: 'Parallel', Branches: [branch('A', pass()), branch('B', pass())], Next: 'After' },
      After: pass(),
    });
    const execution = await stage().play(machine, { x: 1 });
    expect(execution.output).toEqual([{ x: 1 }, { x: 1 }]);
    const [succeeded, exited] = ['ParallelStateSucceeded', 'ParallelStateExited'].map((type) =>
      execution.history.find((it) => it.type === type),
    );
    expect(types(execution).slice(0, 3)).toEqual(['ExecutionStarted', 'ParallelStateEntered', 'ParallelStateStarted']);
    expect(succeeded?.previousEventId).toBe(7);
    expect(exited?.previousEventId).toBe(7);
  });

  it('fails with its branch, and says so once retries are used up', async () => {
    const Retry = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1, IntervalSeconds: 1 }];
    const execution = await stage().play(only({ Type: 'Parallel', Branches: [branch('Boom', fail)], Retry }));
    expect(types(execution)).toEqual([
      'ExecutionStarted',
      'ParallelStateEntered',
      'ParallelStateStarted',
      'FailStateEntered',
      'ParallelStateStarted',
      'FailStateEntered',
      'ParallelStateFailed',
      'ExecutionFailed',
    ]);
    expect(chain(execution)).toEqual([0, 0, 2, 3, 4, 5, 6, 7]);
    expect([execution.error, execution.cause]).toEqual(['MyError', 'my cause']);
  });

  it('aborts the Task whose failure ends a branch', async () => {
    const tasks = async () => {
      throw new TypeError('no');
    };
    const execution = await stage(tasks).play(only({ Type: 'Parallel', Branches: [branch('Send', call('send'))] }));
    expect(types(execution).slice(6)).toEqual([
      'TaskFailed',
      'TaskStateAborted',
      'ParallelStateFailed',
      'ExecutionFailed',
    ]);
    expect(chain(execution).slice(6)).toEqual([6, 7, 7, 9]);
  });

  it('stops the other branches, also when the machine goes on', async () => {
    const Branches = [branch('Wait', { Type: 'Wait', Seconds: 100, End: true }), branch('Boom', fail)];
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Rest' }];
    const both = { Type: 'Parallel', Branches, Catch, Next: 'Rest' };
    const { clock, start } = stage();
    const execution = await start(machineOf({ Both: both, Rest: { Type: 'Wait', Seconds: 1, End: true } }));
    expect(types(execution)).toContain('WaitStateAborted');
    expect(execution.parked).toEqual(['Rest']);
    expect(clock.pending).toBe(1);
  });

  it('records why a Catch of its own fails, from before the failure', async () => {
    const Catch = [
      { ErrorEquals: ['Other'], Next: 'Done' },
      { ErrorEquals: ['States.ALL'], Output: { v: '{% $states.input.missing %}' }, Next: 'Done' },
    ];
    const execution = await stage().play(
      machineOf({ P: { Type: 'Parallel', Branches: [branch('Boom', fail)], Catch, Next: 'Done' }, Done: pass() }),
    );
    expect(types(execution).slice(4)).toEqual([
      'ParallelStateFailed',
      'EvaluationFailed',
      'ParallelStateFailed',
      'ExecutionFailed',
    ]);
    expect(chain(execution).slice(4)).toEqual([4, 4, 6, 7]);
    expect(execution.cause).toContain("'Catch[1]/Output/v' returned nothing (undefined).");
  });
});

describe('Map', () => {
  const map = (processor: object, rest: object = {}) =>
    only({
      Type: 'Map',
      Items: '{% $states.input.items %}',
      ItemProcessor: { StartAt: 'In', States: { In: processor } },
      ...rest,
    });

  it('gives each iteration its item, its context and its selection', async () => {
    const machine = map(pass(), {
      ItemSelector: {
        at: '{% $states.context.Map.Item.Index %}',
        it: '{% $states.context.Map.Item.Value %}',
        all: '{% $count($states.input.items) %}',
      },
    });
    expect((await stage().play(machine, { items: ['a', 'b'] })).output).toEqual([
      { at: 0, it: 'a', all: 2 },
      { at: 1, it: 'b', all: 2 },
    ]);
  });

  it('puts outputs in the order of the items, however long each takes', async () => {
    const machine = map({ Type: 'Wait', Seconds: '{% $states.input %}', End: true });
    expect((await stage().play(machine, { items: [3, 1, 2] })).output).toEqual([3, 1, 2]);
  });

  it.each([
    [{ MaxConcurrency: 2 }, 2],
    [{ MaxConcurrency: '{% $states.input.most %}' }, 3],
    [{}, 40],
    [{ MaxConcurrency: 100 }, 40],
  ])('with %j runs %i at a time', async (field, most) => {
    let [now, peak] = [0, 0];
    const tasks = async () => {
      peak = Math.max(peak, ++now);
      await Promise.resolve();
      now--;
      return null;
    };
    await stage(tasks).play(map(call('in'), field), { items: Array.from({ length: 60 }, (_, at) => at), most: 3 });
    expect(peak).toBe(most);
  });

  it('aborts the other iterations after a failure, from the event that failed', async () => {
    const { clock, play } = stage(async () => clock.sleep(3_600_000).then(() => null));
    const execution = await play(map(call('in', { TimeoutSeconds: 5, End: true })), { items: [1, 2] });
    const end = types(execution).slice(types(execution).indexOf('MapIterationFailed') - 1);
    expect(end).toEqual([
      'TaskTimedOut',
      'MapIterationFailed',
      'TaskStateAborted',
      'MapIterationAborted',
      'TaskStateAborted',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
    const timedOut = execution.history.find(({ type }) => type === 'TaskTimedOut')?.id;
    expect(chain(execution).slice(-6, -1)).toEqual(new Array(5).fill(timedOut));
  });

  it('fails before it starts when its items are none', async () => {
    const execution = await stage().play(map(pass()), { items: 'text' });
    expect(types(execution)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'EvaluationFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
    expect(execution.cause).toContain('Map state Items must be an array but was: "text"');
  });

  it('records the failure of an iteration', async () => {
    const execution = await stage().play(
      map(pass({ Output: '{% $states.input.missing %}', End: true }), { MaxConcurrency: 1 }),
      { items: [1, 2] },
    );
    expect(types(execution).slice(2)).toEqual([
      'MapStateStarted',
      'MapIterationStarted',
      'PassStateEntered',
      'EvaluationFailed',
      'MapIterationFailed',
      'MapStateFailed',
      'ExecutionFailed',
    ]);
  });

  it.each([
    [{ ToleratedFailureCount: 1 }, [1, 1], 'SUCCEEDED'],
    [{ ToleratedFailureCount: 1 }, [0, 1, 0], 'FAILED'],
    [{ ToleratedFailurePercentage: 50 }, [0, 1], 'SUCCEEDED'],
    [{ ToleratedFailurePercentage: '{% 10 %}' }, [0, 1], 'FAILED'],
    [{ ToleratedFailurePercentage: '{% 33.4 %}' }, [0, 1, 1], 'SUCCEEDED'],
  ])('with %j of %j is %s', async (field, items, status) => {
    const Choices = [{ Condition: '{% $states.input = 0 %}', Next: 'Bad' }];
    const States = { In: { Type: 'Choice', Choices, Default: 'Good' }, Bad: fail, Good: { Type: 'Succeed' } };
    const machine = only({
      Type: 'Map',
      Items: '{% $states.input.items %}',
      ItemProcessor: { StartAt: 'In', States },
      ...field,
    });
    const execution = await stage().play(machine, { items });
    expect(execution.status).toBe(status);
    if (status === 'FAILED') expect(execution.error).toBe('States.ExceedToleratedFailureThreshold');
    else expect(execution.output).toEqual(items.filter((it) => it === 1));
  });
});
