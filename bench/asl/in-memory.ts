import './polyfill.ts';
import { StateMachine } from 'aws-local-stepfunctions';
import { systemClock } from '../../lib/asl/clock.ts';
import { Engine } from '../../lib/asl/engine.ts';
import { noJournal } from '../../lib/asl/journal.ts';
import { compileMachine } from '../../lib/asl/machine.ts';
import { TWINS, type Twin } from './machines.ts';
import { rate } from './measure.ts';

/** Executions a second of this interpreter, one after another, without a journal. */
async function ours({ ours: definition, input, runs }: Twin): Promise<number> {
  const machine = compileMachine(JSON.stringify(definition), { name: 'bench' });
  const engine = new Engine({
    clock: systemClock,
    journal: noJournal,
    tasks: async ({ payload }) => payload,
    retentionMs: 0,
  });
  let count = 0;
  const once = async () => {
    const execution = await engine.start({ machine, name: `run-${count++}`, input }).done;
    if (execution.status !== 'SUCCEEDED') throw new Error(`${execution.error}: ${execution.cause}`);
  };
  const result = await rate(runs, once);
  await engine.close();
  return result;
}

async function theirs({ theirs: definition, input, runs, tasks }: Twin): Promise<number> {
  const machine = new StateMachine(JSON.parse(JSON.stringify(definition)));
  const work = async (payload: object) => payload;
  const overrides = { taskResourceLocalHandlers: Object.fromEntries(tasks.map((name) => [name, work])) };
  return rate(runs, async () => void (await machine.run(input, { overrides }).result));
}

/** Prints a table; the rate of each is the best of three rounds, taken in turns. */
for (const twin of TWINS) {
  const rounds = { ours: 0, theirs: 0 };
  for (let round = 0; round < 3; round++) {
    rounds.ours = Math.max(rounds.ours, await ours(twin));
    rounds.theirs = Math.max(rounds.theirs, await theirs(twin));
  }
  const ratio = (rounds.ours / rounds.theirs).toFixed(2);
  console.log(
    `${twin.name}: ${rounds.ours.toFixed(0)}/s, aws-local-stepfunctions ${rounds.theirs.toFixed(0)}/s, ratio ${ratio}`,
  );
}
