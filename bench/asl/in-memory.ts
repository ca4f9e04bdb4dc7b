import './polyfill.ts';
import { StateMachine } from 'aws-local-stepfunctions';
import { systemClock } from '../../lib/asl/clock.ts';
import { Engine } from '../../lib/asl/engine.ts';
import { noJournal } from '../../lib/asl/journal.ts';
import { compileMachine } from '../../lib/asl/machine.ts';
import type { TaskHandler } from '../../lib/asl/tasks.ts';
import { TWINS, type Twin } from './machines.ts';
import { rate } from './measure.ts';

/** Rounds, taken in turns; the best of each side counts, since the machine may do other things meanwhile. */
const ROUNDS = 7;

/** One execution of this interpreter, without a journal. */
function ours({ ours: definition, input }: Twin): () => Promise<void> {
  const machine = compileMachine(JSON.stringify(definition), { name: 'bench' });
  const tasks: TaskHandler = async ({ payload }) => payload;
  const engine = new Engine({ clock: systemClock, journal: noJournal, tasks, retentionMs: 0 });
  let count = 0;
  return async () => {
    const execution = await engine.start({ machine, name: `run-${count++}`, input }).done;
    if (execution.status !== 'SUCCEEDED') throw new Error(`${execution.error}: ${execution.cause}`);
  };
}

/** One execution of aws-local-stepfunctions. */
function theirs({ theirs: definition, input, tasks }: Twin): () => Promise<void> {
  const machine = new StateMachine(JSON.parse(JSON.stringify(definition)));
  const taskResourceLocalHandlers: Record<string, <T>(payload: T) => Promise<T>> = {};
  for (const name of tasks) taskResourceLocalHandlers[name] = async (payload) => payload;
  return async () => {
    await machine.run(input, { overrides: { taskResourceLocalHandlers } }).result;
  };
}

console.log('executions/s in memory, one after another; the other is aws-local-stepfunctions 3.0.0');
for (const twin of TWINS) {
  const [our, their] = [ours(twin), theirs(twin)];
  let [best, rival] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    best = Math.max(best, await rate(twin.runs, our));
    rival = Math.max(rival, await rate(twin.theirRuns, their));
  }
  console.log(`${twin.name}: ${best.toFixed(0)}, the other ${rival.toFixed(0)}, ratio ${(best / rival).toFixed(2)}`);
}
