import { describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../lib/asl/clock.ts';
import { Engine } from '../../lib/asl/engine.ts';
import type { Execution } from '../../lib/asl/execution.ts';
import { type Journal, type JournalRecord, memoryJournal } from '../../lib/asl/journal.ts';
import type { Json } from '../../lib/asl/json.ts';
import { seededIds } from '../../lib/asl/random.ts';
import type { TaskHandler } from '../../lib/asl/tasks.ts';
import { CRASH_MACHINE } from './crash-machine.ts';
import { call, hold, machineOf, only, stage, types } from './play.ts';

const machine = machineOf(CRASH_MACHINE);

interface Site {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  readonly journal: ReturnType<typeof memoryJournal>;
  readonly calls: string[];
}

/** A process on a virtual clock, with what an earlier one left. The flaky function fails the first call of each process. */
function process(records: readonly JournalRecord[] = [], startMs?: number): Site {
  const calls: string[] = [];
  const attempts = new Map<string, number>();
  const tasks: TaskHandler = async ({ functionName, payload, clientToken, taskToken }) => {
    calls.push(clientToken);
    const attempt = (attempts.get(clientToken) ?? 0) + 1;
    attempts.set(clientToken, attempt);
    if (functionName === 'flaky' && attempt === 1) throw new RangeError('not yet');
    if (taskToken !== undefined)
      clock.schedule(clock.now() + 1_000, () => clock.busy(engine.sendTaskSuccess(taskToken, 'answered')));
    return payload;
  };
  const clock = new VirtualClock(startMs);
  const journal = memoryJournal(JSON.parse(JSON.stringify(records)));
  const engine: Engine = new Engine({ clock, journal, tasks, ids: seededIds(calls.length + records.length) });
  return { clock, engine, journal, calls };
}

/** The states whose exit the records have. */
const finished = (records: readonly JournalRecord[]): string[] =>
  records.flatMap((it) => (it.kind === 'event' && it.event.next !== undefined ? [`run${it.path}`] : []));

const tokensIn = (records: readonly JournalRecord[]) => JSON.stringify(records).match(/task-token_\w+/g) ?? [];

/** Answers the tokens that an earlier process gave out, as whoever has them would. */
async function answerAll({ engine }: Site, tokens: readonly string[]): Promise<void> {
  for (const token of new Set(tokens)) {
    await engine
      .sendTaskSuccess(token, 'answered')
      .catch((error: Error) => expect(error.name).toBe('TaskDoesNotExist'));
  }
}

async function runWhole() {
  const site = process();
  const execution = site.engine.start({ machine, name: 'run', input: { at: 7 } });
  await site.clock.runUntilIdle();
  expect(execution.status).toBe('SUCCEEDED');
  return { execution, records: [...site.journal.records], calls: site.calls };
}

/** What the first state drew at random, and put into a variable. */
function idDrawnIn(execution: Execution | undefined): string {
  const [, id] = /"id":"\\"([\w-]+)/.exec(JSON.stringify(execution?.history)) ?? [];
  return id ?? 'none';
}

describe('after a crash at any record', () => {
  it('every execution ends as without it, no finished state runs again, and the history keeps its ids', async () => {
    const whole = await runWhole();
    expect(whole.records.length).toBeGreaterThan(80);
    for (let end = 2; end <= whole.records.length; end++) {
      const left = whole.records.slice(0, end);
      const at = left.reduce((latest, it) => (it.kind === 'event' ? Math.max(latest, it.event.at) : latest), 0);
      const site = process(left, at);
      site.engine.recover();
      const execution = site.engine.execution('run');
      const before = left.flatMap((it) => (it.kind === 'event' ? [it.event.id] : [])).length;
      expect(execution?.history.slice(0, before)).toEqual(whole.execution.history.slice(0, before));
      await site.clock.settle();
      await answerAll(site, tokensIn(left));
      await site.clock.runUntilIdle();
      expect([end, execution?.status]).toEqual([end, 'SUCCEEDED']);
      expect(execution?.output).toEqual({ ...Object(whole.execution.output), id: idDrawnIn(execution) });
      expect(execution?.history.map(({ id }) => id)).toEqual(execution?.history.map((_, index) => index + 1));
      expect(site.calls.filter((call) => finished(left).includes(call))).toEqual([]);
    }
  });

  it('also after a second one', async () => {
    const { records, execution } = await runWhole();
    const half = process(records.slice(0, 30));
    half.engine.recover();
    await half.clock.settle();
    const again = process(half.journal.records);
    again.engine.recover();
    await again.clock.settle();
    await answerAll(again, tokensIn(half.journal.records));
    await again.clock.runUntilIdle();
    expect(again.engine.execution('run')?.output).toEqual(execution.output);
  });
});

describe('recovery', () => {
  const recover = async (journal: ReturnType<typeof memoryJournal>, tasks: TaskHandler, atMs?: number) => {
    const clock = new VirtualClock(atMs);
    const records: JournalRecord[] = JSON.parse(JSON.stringify(journal.records));
    const engine = new Engine({ clock, journal: memoryJournal(records), tasks });
    const open = engine.recover();
    await clock.settle();
    return { clock, engine, open };
  };
  const echo: TaskHandler = async ({ payload }) => payload;

  it('has a wait that fell due meanwhile end at once', async () => {
    const journal = memoryJournal();
    const { clock, start } = stage(echo, { journal });
    await start(only({ Type: 'Wait', Seconds: 60 }), { a: 1 });
    const late = await recover(journal, echo, clock.now() + 3_600_000);
    expect(late.open[0]?.status).toBe('SUCCEEDED');
    const early = await recover(journal, echo, clock.now() + 59_000);
    expect(early.open[0]?.parked).toEqual(['Only']);
    await early.clock.advance(1_000);
    expect(early.open[0]?.status).toBe('SUCCEEDED');
  });

  it('has a time-out that fell due meanwhile happen at once', async () => {
    const journal = memoryJournal();
    const { clock, start } = stage(echo, { journal });
    await start(only(hold({ TimeoutSeconds: 60, End: true })));
    const { open } = await recover(journal, echo, clock.now() + 60_000);
    expect([open[0]?.status, open[0]?.error]).toEqual(['FAILED', 'States.Timeout']);
  });

  it('has the time-out of a machine happen at once', async () => {
    const journal = memoryJournal();
    const { clock, start } = stage(echo, { journal });
    await start(machineOf({ Only: { Type: 'Wait', Seconds: 600, End: true } }, { TimeoutSeconds: 60 }));
    expect((await recover(journal, echo, clock.now() + 60_000)).open[0]?.status).toBe('TIMED_OUT');
  });

  it('keeps a task token good, and calls no function twice that has accepted it', async () => {
    const journal = memoryJournal();
    const given: string[] = [];
    const { start } = stage(
      async ({ taskToken }) => {
        given.push(taskToken ?? '');
        return null;
      },
      { journal },
    );
    await start(only(hold()));
    const tasks = vi.fn(echo);
    const { engine, open } = await recover(journal, tasks);
    expect(tasks).not.toHaveBeenCalled();
    await engine.sendTaskSuccess(given[0] ?? '', 'late');
    expect((await open[0]?.done)?.output).toBe('late');
  });

  it('calls a function again with the same client token and payload when its answer was lost', async () => {
    const journal = memoryJournal();
    const seen: { clientToken: string; payload: Json }[] = [];
    const lost: TaskHandler = async ({ clientToken, payload }) => {
      seen.push({ clientToken, payload });
      return null;
    };
    const payload = { id: '{% $uuid() %}', now: '{% $now() %}' };
    const { clock, engine } = stage(
      async (request) => {
        await lost(request);
        await clock.sleep(1_000_000);
        return null;
      },
      { journal },
    );
    engine.start({
      machine: only(call('work', { Arguments: { FunctionName: 'work', Payload: payload }, End: true })),
      name: 'run',
      input: 1,
    });
    await clock.settle();
    await recover(journal, lost, clock.now() + 5_000);
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
  });

  it('knows the executions that have ended, with their history, and keeps their names taken', async () => {
    const journal = memoryJournal();
    const { play } = stage(echo, { journal });
    const before = await play(only(call('work')), { a: 1 });
    const { engine, open } = await recover(journal, echo);
    const after: Execution | undefined = engine.execution('run');
    expect(open).toEqual([]);
    expect([after?.status, after?.output, after?.history]).toEqual(['SUCCEEDED', { a: 1 }, before.history]);
    expect(() => engine.start({ machine: only(call('work')), name: 'run', input: { a: 1 } })).toThrow('is taken');
  });

  it.each(['FAILED', 'ABORTED', 'TIMED_OUT'])('knows those that ended as %s', async (status) => {
    const journal = memoryJournal();
    const { clock, engine, start } = stage(echo, { journal });
    const states =
      status === 'FAILED'
        ? { Only: { Type: 'Fail', Error: 'E', Cause: 'C' } }
        : { Only: { Type: 'Wait', Seconds: 99, End: true } };
    await start(machineOf(states, { TimeoutSeconds: 50 }));
    if (status === 'ABORTED') await engine.stop('run', { error: 'E', cause: 'C' });
    await clock.runUntilIdle();
    const again = (await recover(journal, echo)).engine.execution('run');
    expect([again?.status, again?.error, again?.cause]).toEqual(
      status === 'TIMED_OUT' ? [status, undefined, undefined] : [status, 'E', 'C'],
    );
  });

  it('goes on with the definition that an execution was started with', async () => {
    const journal = memoryJournal();
    const { start } = stage(echo, { journal });
    await start(
      machineOf({ Wait: { Type: 'Wait', Seconds: 5, Next: 'Old' }, Old: { Type: 'Pass', Output: 'old', End: true } }),
    );
    const { clock, open } = await recover(journal, echo);
    await clock.runUntilIdle();
    expect(open[0]?.output).toBe('old');
  });

  it('follows a child that goes on as well', async () => {
    const journal = memoryJournal();
    const child = only({ Type: 'Wait', Seconds: 5 });
    const Arguments = { StateMachineArn: 'child', Input: { a: 1 } };
    const parent = only({
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Arguments,
      Output: '{% $states.result.Output %}',
    });
    const { clock, engine } = stage(echo, { journal, machines: () => child });
    engine.start({ machine: { ...parent, name: 'parent' }, name: 'run', input: 1 });
    await clock.settle();
    const again = await recover(journal, echo);
    await again.clock.runUntilIdle();
    expect(again.engine.execution('run')?.output).toEqual({ a: 1 });
    expect(again.engine.list()).toHaveLength(2);
  });
});

describe('a journal that cannot be written', () => {
  it('stops everything where it was last durable, and says so once', async () => {
    const failing: Journal = {
      ...memoryJournal(),
      append: () => undefined,
      sync: () => Promise.reject(new Error('ENOSPC')),
    };
    const onHalt = vi.fn();
    const tasks = vi.fn(async () => null);
    const { clock, engine } = stage(tasks, { journal: failing, onHalt });
    const execution = engine.start({ machine: only(call('work')), name: 'run', input: 1 });
    await clock.runUntilIdle();
    expect(onHalt.mock.calls).toEqual([[new Error('ENOSPC')]]);
    expect(tasks).not.toHaveBeenCalled();
    expect([execution.status, types(execution).at(-1), clock.pending]).toEqual(['RUNNING', 'TaskStarted', 0]);
    expect(() => engine.start({ machine: only(call('work')), name: 'two', input: 1 })).toThrow(
      'its journal cannot be written',
    );
  });
});
