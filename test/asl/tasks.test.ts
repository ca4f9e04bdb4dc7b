import { describe, expect, it, vi } from 'vitest';
import { StateFailure } from '../../lib/asl/errors.ts';
import type { TaskHandler, TaskRequest } from '../../lib/asl/tasks.ts';
import { call, hold, INVOKE, machineOf, only, stage, types } from './play.ts';

const failing =
  (error: unknown): TaskHandler =>
  async () => {
    throw error;
  };

/** A function that takes an hour, unless it is called off. */
const slow = (sleep: (ms: number) => Promise<void>, seen: TaskRequest[] = []): TaskHandler => {
  return async (request) => {
    seen.push(request);
    await sleep(3_600_000);
    return 'too late';
  };
};

describe('a Task', () => {
  it('asks the host with what it evaluated, and gets what Lambda adds to a result', async () => {
    const tasks = vi.fn<TaskHandler>(async () => ({ ok: true }));
    const execution = await stage(tasks).play(only(call('work', { Output: '{% $states.result %}', End: true })), {
      a: 1,
    });
    const [request] = tasks.mock.calls[0] ?? [];
    expect(request).toMatchObject({
      resource: INVOKE,
      functionName: 'work',
      payload: { a: 1 },
      clientToken: 'run/Only#1',
    });
    expect(request?.taskToken).toBeUndefined();
    expect(request?.context).toMatchObject({
      Execution: { Name: 'run', Input: { a: 1 } },
      State: { Name: 'Only', RetryCount: 0 },
    });
    expect(execution.output).toMatchObject({
      ExecutedVersion: '$LATEST',
      Payload: { ok: true },
      StatusCode: 200,
      SdkHttpMetadata: { HttpStatusCode: 200, HttpHeaders: { 'Content-Length': '11' } },
    });
  });

  it('records each step in the history of AWS', async () => {
    const execution = await stage().play(only(call('work', { TimeoutSeconds: 9, HeartbeatSeconds: 3, End: true })), 1);
    expect(types(execution).slice(1, -1)).toEqual([
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
    ]);
    expect(execution.history[2]).toMatchObject({
      taskScheduledEventDetails: {
        parameters: '{"FunctionName":"work","Payload":1}',
        region: 'us-east-1',
        resource: 'invoke',
        resourceType: 'lambda',
        timeoutInSeconds: 9,
        heartbeatInSeconds: 3,
      },
    });
  });

  it('hands out copies: what a function does to its payload or result stays with it', async () => {
    const kept: { list: number[] } = { list: [] };
    const tasks: TaskHandler = async ({ payload }) => {
      Object.assign(payload as object, { spoilt: true });
      kept.list.push(1);
      return kept;
    };
    const { engine, clock } = stage(tasks);
    const machine = machineOf({
      One: call('one', { Output: ['{% $states.input %}', '{% $states.result.Payload %}'], Next: 'Two' }),
      Two: call('two', { Output: '{% $states.input %}', End: true }),
    });
    const execution = engine.start({ machine, name: 'run', input: { a: 1 } });
    await clock.runUntilIdle();
    expect(execution.output).toEqual([{ a: 1 }, { list: [1] }]);
  });

  it('passes results through JSON', async () => {
    const odd = { when: new Date(0), none: undefined, not: Number.NaN, deep: [undefined, { toJSON: () => 'x' }] };
    const tasks = async () => odd;
    expect((await stage(tasks).play(only(call('work')))).output).toEqual({
      when: '1970-01-01T00:00:00.000Z',
      not: null,
      deep: [null, 'x'],
    });
  });

  it('fails as on Lambda when its result cannot be JSON', async () => {
    const execution = await stage(async () => 1n).play(only(call('work')));
    expect(execution.error).toBe('Runtime.MarshalError');
  });

  it('reports an error as Lambda does, without the stack of this machine', async () => {
    const execution = await stage(failing(new RangeError('too far'))).play(only(call('work')));
    expect(execution.error).toBe('RangeError');
    expect(JSON.parse(execution.cause ?? '')).toEqual({
      errorMessage: 'too far',
      errorType: 'RangeError',
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      stackTrace: [],
    });
  });

  it.each([
    ['a text', 'Error'],
    [new StateFailure('Own', 'as it is'), 'Own'],
  ])('reports %s that is thrown', async (thrown, error) => {
    expect((await stage(failing(thrown)).play(only(call('work')))).error).toBe(error);
  });

  it('refuses arguments that it does not know when they come from an expression', async () => {
    const execution = await stage().play(
      only({ Type: 'Task', Resource: INVOKE, Arguments: '{% {"FunctionName": "f", "Qualifier": "1"} %}' }),
    );
    expect(execution.error).toBe('States.QueryEvaluationError');
    expect(execution.cause).toContain("The argument 'Qualifier'");
  });

  it('fails with an evaluation error per attempt', async () => {
    const Retry = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1, IntervalSeconds: 1 }];
    const execution = await stage().play(
      only(call('work', { Arguments: { FunctionName: '{% $states.input.none %}' }, Retry, End: true })),
    );
    expect(types(execution)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'EvaluationFailed',
      'EvaluationFailed',
      'ExecutionFailed',
    ]);
  });
});

describe('TimeoutSeconds', () => {
  it('ends a Task, calls off the work, and ignores what comes later', async () => {
    const seen: TaskRequest[] = [];
    const { clock, play } = stage((request) => slow((ms) => clock.sleep(ms), seen)(request));
    const execution = await play(only(call('work', { TimeoutSeconds: 10, End: true })));
    expect(types(execution).slice(-2)).toEqual(['TaskTimedOut', 'ExecutionFailed']);
    expect(execution.history.at(-1)).toMatchObject({ executionFailedEventDetails: { error: 'States.Timeout' } });
    expect(execution.cause).toBeUndefined();
    expect(seen[0]?.signal.aborted).toBe(true);
  });

  it('comes from an expression, which must give a number', async () => {
    const execution = await stage().play(
      only(call('work', { TimeoutSeconds: '{% $states.input %}', End: true })),
      'text',
    );
    expect(execution.cause).toContain(
      "specified for the field 'TimeoutSeconds' returned an unexpected result type. Expected 'number', but was 'string'",
    );
  });

  it('of the machine ends the execution as TIMED_OUT, and no Catch sees it', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    const machine = machineOf(
      { Work: call('work', { Catch, End: true }), Caught: { Type: 'Succeed' } },
      { TimeoutSeconds: 5 },
    );
    const seen: TaskRequest[] = [];
    const { clock, play } = stage((request) => slow((ms) => clock.sleep(ms), seen)(request));
    const execution = await play(machine);
    expect([execution.status, execution.error, execution.cause]).toEqual(['TIMED_OUT', undefined, undefined]);
    expect(execution.history.at(-1)).toMatchObject({
      type: 'ExecutionTimedOut',
      previousEventId: 0,
      executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
    expect(seen[0]?.signal.aborted).toBe(true);
  });
});

describe('a task token', () => {
  const tokens: string[] = [];
  const tasks: TaskHandler = async ({ payload, taskToken }) => {
    expect(payload).toEqual({ token: taskToken });
    tokens.push(taskToken ?? '');
    return 'accepted';
  };
  const last = () => tokens.at(-1) ?? '';

  it('holds the Task until it is answered', async () => {
    const { engine, start } = stage(tasks);
    const execution = await start(only(hold()));
    expect(execution.parked).toEqual(['Only']);
    await engine.sendTaskSuccess(last(), { answer: 42 });
    await execution.done;
    expect(execution.output).toEqual({ answer: 42 });
    expect(types(execution).slice(2, -2)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
    expect(execution.parked).toEqual([]);
  });

  it('may be answered from within the function', async () => {
    const { engine, play } = stage(async ({ taskToken }) => {
      await engine.sendTaskSuccess(taskToken ?? '', 'at once');
      return null;
    });
    expect((await play(only(hold()))).output).toBe('at once');
  });

  it('may fail the Task', async () => {
    const { engine, start } = stage(tasks);
    const execution = await start(only(hold()));
    await engine.sendTaskFailure(last(), { error: 'Denied', cause: 'by hand' });
    await execution.done;
    expect([execution.error, execution.cause]).toEqual(['Denied', 'by hand']);
  });

  it('is good once, and for one attempt', async () => {
    const { clock, engine, start } = stage(tasks);
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1 }];
    const execution = await start(only(hold({ Retry, End: true })));
    const first = last();
    await engine.sendTaskFailure(first, { error: 'Again' });
    await clock.runUntilIdle();
    expect(last()).not.toBe(first);
    await expect(engine.sendTaskSuccess(first, 1)).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    await engine.sendTaskSuccess(last(), 2);
    expect((await execution.done).output).toBe(2);
  });

  it('that is unknown is refused', async () => {
    const { engine } = stage();
    await expect(engine.sendTaskSuccess('nobody', 1)).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    await expect(engine.sendTaskFailure('nobody', {})).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
    expect(() => engine.sendTaskHeartbeat('nobody')).toThrow('no task waits for this token');
  });

  it('shows in no history', async () => {
    const { engine, start } = stage(async ({ payload }) => payload);
    const seen: string[] = [];
    engine.onEvent(({ event }) => seen.push(JSON.stringify(event)));
    const execution = await start(only(hold()));
    const texts = [...seen, JSON.stringify(execution.history)].join();
    expect(texts).toContain('<task-token>');
    expect(texts).not.toMatch(/task-token_\w/);
  });

  it('refuses an answer above 256 KiB, and stays good', async () => {
    const { engine, start } = stage(tasks);
    const execution = await start(only(hold()));
    await expect(engine.sendTaskSuccess(last(), 'x'.repeat(300_000))).rejects.toMatchObject({ name: 'InvalidOutput' });
    await engine.sendTaskSuccess(last(), 'small');
    expect((await execution.done).output).toBe('small');
  });

  it('needs a heartbeat in time, and a missed one is a time-out that can be caught under its own name', async () => {
    const Catch = [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Missed' }];
    const machine = machineOf({
      Hold: hold({ HeartbeatSeconds: 10, TimeoutSeconds: 100, Catch, End: true }),
      Missed: { Type: 'Succeed' },
    });
    const { clock, engine, start } = stage(tasks);
    const execution = await start(machine);
    for (let beat = 0; beat < 3; beat++) {
      await clock.advance(9_000);
      engine.sendTaskHeartbeat(last());
    }
    expect(execution.status).toBe('RUNNING');
    await clock.advance(10_000);
    expect(execution.output).toEqual({ Error: 'States.Timeout', Cause: '' });
    expect(types(execution)).toContain('TaskTimedOut');
    await expect(engine.sendTaskSuccess(last(), 1)).rejects.toMatchObject({ name: 'TaskDoesNotExist' });
  });

  it('times out in spite of heartbeats', async () => {
    const { clock, engine, start } = stage(tasks);
    const Catch = [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Missed' }];
    const machine = machineOf({
      Hold: hold({ HeartbeatSeconds: 10, TimeoutSeconds: 15, Catch, End: true }),
      Missed: { Type: 'Succeed' },
    });
    const execution = await start(machine);
    await clock.advance(9_000);
    engine.sendTaskHeartbeat(last());
    await clock.advance(9_000);
    expect([execution.status, execution.error]).toEqual(['FAILED', 'States.Timeout']);
  });
});

describe('states:startExecution', () => {
  const arn = (name: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;
  const start = (pattern: string, rest: object = {}) => ({
    Type: 'Task',
    Resource: `arn:aws:states:::states:startExecution${pattern}`,
    Arguments: { StateMachineArn: arn('tested'), Name: 'child', Input: { do: '{% $states.input.do %}' }, ...rest },
    End: true,
  });
  const child = machineOf({
    Ask: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.do = "fail" %}', Next: 'Bad' }], Default: 'Good' },
    Good: { Type: 'Wait', Seconds: 5, End: true },
    Bad: { Type: 'Fail', Error: 'Broken' },
  });
  const machines = (asked: string) => (asked === arn('tested') ? child : undefined);
  const parent = (pattern: string, rest: object = {}) => machineOf({ Start: start(pattern, rest) });

  it.each([
    ['', undefined],
    ['.sync', '{"do":"well"}'],
    ['.sync:2', { do: 'well' }],
  ])('%s gives the output as %j', async (pattern, output) => {
    const { engine, play } = stage(undefined, { machines });
    const execution = await play(parent(pattern), { do: 'well' });
    expect(execution.output).toMatchObject({ ExecutionArn: engine.execution('child')?.arn });
    expect(Reflect.get(Object(execution.output), 'Output')).toEqual(output);
    expect(types(execution).includes('TaskSubmitted')).toBe(pattern !== '');
  });

  it('fails with the child, whose end is the cause', async () => {
    const execution = await stage(undefined, { machines }).play(parent('.sync:2'), { do: 'fail' });
    expect(execution.error).toBe('States.TaskFailed');
    expect(JSON.parse(execution.cause ?? '')).toMatchObject({
      Status: 'FAILED',
      Error: 'Broken',
      Input: { do: 'fail' },
    });
  });

  it.each([
    [{ StateMachineArn: arn('other') }, 'StepFunctions.StateMachineDoesNotExistException'],
    [{ Name: 'run', Input: 1 }, 'StepFunctions.ExecutionAlreadyExistsException'],
  ])('names the error of the API for %j', async (rest, error) => {
    const execution = await stage(undefined, { machines }).play(parent('', rest), { do: 'well' });
    expect(execution.error).toBe(error);
  });

  it('stops the child when the parent is stopped', async () => {
    const { engine, start: begin } = stage(undefined, { machines });
    await begin(parent('.sync'), { do: 'well' }, 'parent');
    await engine.stop('parent');
    await engine.execution('child')?.done;
    expect(engine.execution('child')?.status).toBe('ABORTED');
  });
});
