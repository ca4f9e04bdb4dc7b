import { appendFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../lib/asl/clock.ts';
import { Engine } from '../../../lib/asl/engine.ts';
import { openFileJournal } from '../../../lib/asl/file-journal.ts';
import { compileMachine } from '../../../lib/asl/machine.ts';
import type { TaskHandler } from '../../../lib/asl/tasks.ts';

/** Runs executions with a Map, a Parallel, retries, a Wait and a token to their end, going on where a kill left them. */

const [directory = '', definition = '', count = '1'] = process.argv.slice(2);
const machine = compileMachine(definition, { name: 'crash' });
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Each effect is a line of a file: what was done before a kill stays done. */
const effect = (line: object) => appendFileSync(join(directory, 'effects'), `${JSON.stringify(line)}\n`);

const attempts = new Map<string, number>();

const tasks: TaskHandler = async ({ functionName, payload, clientToken, taskToken }) => {
  await wait(Math.random() * 8);
  effect({ clientToken, functionName });
  const attempt = (attempts.get(clientToken) ?? 0) + 1;
  attempts.set(clientToken, attempt);
  if (functionName === 'flaky' && attempt === 1) throw new RangeError('not yet');
  if (taskToken !== undefined) setTimeout(() => void engine.sendTaskSuccess(taskToken, 'answered'), 5);
  return payload;
};

const engine: Engine = new Engine({ clock: systemClock, journal: await openFileJournal(directory), tasks });
engine.recover();
for (const execution of engine.list()) {
  // A function that was called before the kill does not report any more: its token was kept, and is answered now.
  for (const token of tokensOf(execution.recorder.events)) setTimeout(() => void answer(token), 50);
}
for (let at = 0; at < Number(count); at++) {
  if (!engine.execution(`run-${at}`)) engine.start({ machine, name: `run-${at}`, input: { at } });
}
writeSync(1, 'running\n');
await Promise.all(engine.list().map(({ done }) => done));
for (const { name, status, output, history } of engine.list()) {
  writeSync(1, `${JSON.stringify({ name, status, output, ids: history.map(({ id }) => id) })}\n`);
}
await engine.close();

function tokensOf(events: readonly object[]): readonly string[] {
  return [...new Set(JSON.stringify(events).match(/task-token_[\w-]+/g))];
}

async function answer(token: string): Promise<void> {
  try {
    await engine.sendTaskSuccess(token, 'answered');
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'TaskDoesNotExist') throw error;
  }
}
