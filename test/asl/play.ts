import { VirtualClock } from '../../lib/asl/clock.ts';
import { Engine, type EngineOptions } from '../../lib/asl/engine.ts';
import type { Execution } from '../../lib/asl/execution.ts';
import { noJournal } from '../../lib/asl/journal.ts';
import type { Json } from '../../lib/asl/json.ts';
import { compileMachine, type Machine } from '../../lib/asl/machine.ts';
import { seededIds } from '../../lib/asl/random.ts';
import type { TaskHandler } from '../../lib/asl/tasks.ts';

export const INVOKE = 'arn:aws:states:::lambda:invoke';

/** A Task that calls the function named like it, with its input, and puts out its result. */
export const call = (name: string, rest: Readonly<Record<string, unknown>> = { End: true }) => ({
  Type: 'Task',
  Resource: INVOKE,
  Arguments: { FunctionName: name, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...rest,
});

/** A Task that waits for its token, which it gives to the function `hold`. */
export const hold = (rest: Readonly<Record<string, unknown>> = { End: true }) => ({
  Type: 'Task',
  Resource: `${INVOKE}.waitForTaskToken`,
  Arguments: { FunctionName: 'hold', Payload: { token: '{% $states.context.Task.Token %}' } },
  ...rest,
});

/** A machine of one state, `Only`, which ends it. */
export const only = (state: object): Machine => machineOf({ Only: { End: true, ...state } });

/** A machine that starts at its first state. */
export function machineOf(states: Readonly<Record<string, unknown>>, top: object = {}): Machine {
  const [StartAt] = Object.keys(states);
  return compileMachine(JSON.stringify({ QueryLanguage: 'JSONata', StartAt, States: states, ...top }), {
    name: 'tested',
  });
}

export interface Stage {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  /** Starts an execution and lets it come to rest, without moving time. */
  start(machine: Machine, input?: Json, name?: string): Promise<Execution>;
  /** Starts an execution and lets it run until nothing is left to happen. */
  play(machine: Machine, input?: Json): Promise<Execution>;
}

const echo: TaskHandler = async ({ payload }) => payload;

/** An engine on a virtual clock. */
export function stage(tasks: TaskHandler = echo, options: Partial<EngineOptions> = {}): Stage {
  const clock = new VirtualClock();
  const engine = new Engine({ clock, journal: noJournal, tasks, ids: seededIds(1), ...options });
  const start = async (machine: Machine, input: Json = {}, name = 'run') => {
    const execution = engine.start({ machine, name, input });
    await clock.settle();
    return execution;
  };
  const play = async (machine: Machine, input: Json = {}) => {
    const execution = await start(machine, input);
    await clock.runUntilIdle();
    return execution;
  };
  return { clock, engine, start, play };
}

/** The types of the events, in order. */
export const types = ({ history }: Execution): string[] => history.map(({ type }) => type);

/** For each event, the one that it follows from. */
export const chain = ({ history }: Execution): number[] => history.map(({ previousEventId }) => previousEventId);
