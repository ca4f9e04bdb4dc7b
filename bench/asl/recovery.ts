import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../lib/asl/clock.ts';
import { Engine } from '../../lib/asl/engine.ts';
import { openFileJournal } from '../../lib/asl/file-journal.ts';
import { compileMachine } from '../../lib/asl/machine.ts';

const COUNT = 10_000;
const directory = mkdtempSync(join(import.meta.dirname, '.journal-'));

/** Two tasks, then a wait for a token: what an execution that is parked mostly looks like. */
const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Output: '{% $states.result.Payload %}' };
const machine = compileMachine(
  JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'One',
    States: {
      One: { ...task, Arguments: { FunctionName: 'work', Payload: '{% $states.input %}' }, Next: 'Two' },
      Two: { ...task, Arguments: { FunctionName: 'work', Payload: '{% $states.input %}' }, Next: 'Hold' },
      Hold: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Arguments: { FunctionName: 'hold', Payload: { token: '{% $states.context.Task.Token %}' } },
        TimeoutSeconds: 86_400,
        End: true,
      },
    },
  }),
  { name: 'parked' },
);

async function openEngine(): Promise<Engine> {
  return new Engine({
    clock: systemClock,
    journal: await openFileJournal(directory),
    tasks: async ({ payload }) => payload,
  });
}

const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

/** Resolves when all are parked. */
async function parked(engine: Engine): Promise<void> {
  while (engine.list().some((it) => it.parked.length === 0)) await new Promise((resolve) => setTimeout(resolve, 10));
}

try {
  const first = await openEngine();
  const before = heap();
  for (let at = 0; at < COUNT; at++) first.start({ machine, name: `run-${at}`, input: { value: at } });
  await parked(first);
  const size = (heap() - before) / COUNT / 1024;
  const measured = globalThis.gc ? '' : ' (start with node --expose-gc to have it exact)';
  console.log(`memory per parked execution: ${size.toFixed(1)} KiB${measured}`);
  await first.close();

  const start = performance.now();
  const second = await openEngine();
  const recovered = second.recover().length;
  await parked(second);
  const seconds = (performance.now() - start) / 1000;
  const megabytes = statSync(join(directory, 'journal')).size / 1024 / 1024;
  console.log(`recovery of ${recovered} parked executions: ${seconds.toFixed(2)} s, from ${megabytes.toFixed(1)} MiB`);
  await second.close();
} finally {
  rmSync(directory, { recursive: true });
}
