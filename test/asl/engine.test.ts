import { describe, expect, it } from 'vitest';
import type { Execution } from '../../lib/asl/execution.ts';
import { EVENT_LIMIT } from '../../lib/asl/history.ts';
import type { Json } from '../../lib/asl/json.ts';
import { call, hold, machineOf, only, stage, types } from './play.ts';

const waits = only({ Type: 'Wait', Seconds: 60 });

describe('start', () => {
  it('gives the same execution for the same name and input while it runs', async () => {
    const { engine } = stage();
    const first = engine.start({ machine: waits, name: 'one', input: { a: 1 } });
    expect(engine.start({ machine: waits, name: 'one', input: { a: 1 } })).toBe(first);
    expect(engine.list()).toEqual([first]);
  });

  it('refuses another input under the same name', () => {
    const { engine } = stage();
    engine.start({ machine: waits, name: 'one', input: 1 });
    expect(() => engine.start({ machine: waits, name: 'one', input: 2 })).toThrow(
      expect.objectContaining({ name: 'ExecutionAlreadyExists' }),
    );
  });

  it('refuses the name of one that has ended, until its time is over', async () => {
    const { clock, engine } = stage(undefined, { retentionMs: 1_000_000 });
    const run = (name: string) => engine.start({ machine: waits, name, input: 1 });
    run('one');
    await clock.runUntilIdle();
    expect(() => run('one')).toThrow('the name one is taken');
    await clock.advance(2_000_000);
    run('two');
    await clock.runUntilIdle();
    expect(engine.execution('one')).toBeUndefined();
    expect(run('one').status).toBe('RUNNING');
  });

  it.each(['', 'with space', 'a:b', 'x'.repeat(81), 'a/b', 'new\nline'])('refuses the name %j', (name) => {
    expect(() => stage().engine.start({ machine: waits, name, input: 1 })).toThrow(
      expect.objectContaining({ name: 'InvalidName' }),
    );
  });

  it('keeps what it was given, whatever becomes of it', async () => {
    const input = { list: [1] };
    const { clock, engine } = stage();
    const execution = engine.start({ machine: waits, name: 'one', input });
    input.list.push(2);
    await clock.runUntilIdle();
    expect(execution.output).toEqual({ list: [1] });
  });

  it.each([
    ['an input above 256 KiB', 'x'.repeat(262_143)],
    ['one that is above it only in UTF-8', 'é'.repeat(140_000)],
    ['one that nests too deep', JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as Json],
  ])('refuses %s', (_, input) => {
    expect(() => stage().engine.start({ machine: waits, name: 'one', input })).toThrow(
      expect.objectContaining({ name: 'InvalidExecutionInput' }),
    );
  });

  it('takes one of 256 KiB', async () => {
    expect((await stage().play(only({ Type: 'Pass' }), 'x'.repeat(262_142))).status).toBe('SUCCEEDED');
  });
});

describe('stop', () => {
  it('ends an execution as ABORTED, and calls its work off', async () => {
    const signals: AbortSignal[] = [];
    const { clock, engine, start } = stage(async ({ signal }) => {
      signals.push(signal);
      await clock.sleep(1_000);
      return null;
    });
    const execution = await start(only(call('work')));
    await engine.stop('run', { error: 'Mine', cause: 'enough' });
    expect([execution.status, execution.error, execution.cause]).toEqual(['ABORTED', 'Mine', 'enough']);
    expect(execution.history.at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Mine', cause: 'enough' },
    });
    expect(signals[0]?.aborted).toBe(true);
    await clock.runUntilIdle();
    expect(types(execution).at(-1)).toBe('ExecutionAborted');
  });

  it('leaves no timer, whatever it waits for', async () => {
    const branches = [
      hold({ TimeoutSeconds: 10, HeartbeatSeconds: 5, End: true }),
      { Type: 'Wait', Seconds: 9, End: true },
    ];
    const Branches = branches.map((state, at) => ({ StartAt: `B${at}`, States: { [`B${at}`]: state } }));
    const { clock, engine, start } = stage();
    await start(machineOf({ P: { Type: 'Parallel', Branches, End: true } }, { TimeoutSeconds: 100 }));
    expect(clock.pending).toBe(4);
    await engine.stop('run');
    expect(clock.pending).toBe(0);
  });

  it('refuses a name that it does not know', async () => {
    await expect(stage().engine.stop('nobody')).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });

  it('leaves one that has ended as it is', async () => {
    const { engine, play } = stage();
    const execution = await play(only({ Type: 'Pass' }));
    await engine.stop('run');
    expect(execution.status).toBe('SUCCEEDED');
  });
});

describe('an execution', () => {
  it('has the shape of the history of AWS', async () => {
    const execution = await stage().play(only({ Type: 'Pass' }), { a: 1 });
    const timestamp = '2026-01-01T00:00:00.000Z';
    expect(execution.history).toEqual([
      {
        id: 1,
        previousEventId: 0,
        timestamp,
        type: 'ExecutionStarted',
        executionStartedEventDetails: {
          input: '{"a":1}',
          inputDetails: { truncated: false },
          roleArn: 'arn:aws:iam::000000000000:role/tested',
        },
      },
      {
        id: 2,
        previousEventId: 0,
        timestamp,
        type: 'PassStateEntered',
        stateEnteredEventDetails: { input: '{"a":1}', inputDetails: { truncated: false }, name: 'Only' },
      },
      {
        id: 3,
        previousEventId: 2,
        timestamp,
        type: 'PassStateExited',
        stateExitedEventDetails: { name: 'Only', output: '{"a":1}', outputDetails: { truncated: false } },
      },
      {
        id: 4,
        previousEventId: 3,
        timestamp,
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: '{"a":1}', outputDetails: { truncated: false } },
      },
    ]);
  });

  it('knows itself by $states.context', async () => {
    const execution = await stage(undefined, { account: '123456789012', region: 'eu-west-1' }).play(
      only({ Type: 'Pass', Output: '{% $states.context %}' }),
      { a: 1 },
    );
    expect(execution.output).toEqual({
      Execution: {
        Id: 'arn:aws:states:eu-west-1:123456789012:execution:tested:run',
        Input: { a: 1 },
        StartTime: '2026-01-01T00:00:00.000Z',
        Name: 'run',
        RoleArn: 'arn:aws:iam::123456789012:role/tested',
        RedriveCount: 0,
      },
      StateMachine: { Id: 'arn:aws:states:eu-west-1:123456789012:stateMachine:tested', Name: 'tested' },
      State: { Name: 'Only', EnteredTime: '2026-01-01T00:00:00.000Z' },
    });
  });

  it('tells whoever listens of each event, from the first to the last', async () => {
    const { engine, play } = stage();
    const seen: string[] = [];
    const off = engine.onEvent(({ execution, path, event }) => seen.push(`${execution.name}${path} ${event.type}`));
    await play(only({ Type: 'Pass' }));
    off();
    engine.start({ machine: waits, name: 'unheard', input: 1 });
    expect(seen).toEqual([
      'run ExecutionStarted',
      'run/Only#1 PassStateEntered',
      'run/Only#1 PassStateExited',
      'run ExecutionSucceeded',
    ]);
  });

  it('ends with its 25,000th event', async () => {
    const again = { Type: 'Choice', Choices: [{ Condition: false, Next: 'End' }], Default: 'Loop' };
    const machine = machineOf({ Loop: again, End: { Type: 'Succeed' } });
    const execution = await stage().play(machine);
    expect(execution.history).toHaveLength(EVENT_LIMIT);
    expect([execution.error, execution.cause]).toEqual([
      'States.Runtime',
      'The execution reached the maximum number of history events (25000).',
    ]);
  });

  it.each([
    [
      'the output of a state',
      only({ Type: 'Pass', Output: '{% $states.input & $states.input %}' }),
      "The state/task 'Only' returned a result",
    ],
    [
      'the arguments of a Task',
      only(
        call('work', { Arguments: { FunctionName: 'f', Payload: '{% $states.input & $states.input %}' }, End: true }),
      ),
      "The state/task 'Only' returned a result",
    ],
    [
      'the result of a Task',
      only(call('work', { Arguments: { FunctionName: 'f' }, End: true })),
      "The state/task 'lambda' returned a result",
    ],
  ])('fails above 256 KiB in %s', async (_, machine, cause) => {
    const execution = await stage(async () => 'x'.repeat(300_000)).play(machine, 'x'.repeat(200_000));
    expect(execution.error).toBe('States.DataLimitExceeded');
    expect(execution.cause).toContain(cause);
  });

  it('is left as it is by close, and nothing of it goes on', async () => {
    const { clock, engine, start } = stage();
    const execution: Execution = await start(
      machineOf({ P: { Type: 'Wait', Seconds: 9, End: true } }, { TimeoutSeconds: 100 }),
    );
    await engine.close();
    expect(clock.pending).toBe(0);
    expect(execution.status).toBe('RUNNING');
    expect(() => engine.start({ machine: waits, name: 'late', input: 1 })).toThrow('the engine is closed');
  });
});
