import { VirtualClock } from '../../../lib/asl/clock.ts';
import { Engine } from '../../../lib/asl/engine.ts';
import { StateFailure } from '../../../lib/asl/errors.ts';
import { noJournal } from '../../../lib/asl/journal.ts';
import { isJsonObject, type Json } from '../../../lib/asl/json.ts';
import { compileMachine } from '../../../lib/asl/machine.ts';
import type { Case, Mock } from './case.ts';
import { type Run, readEvent } from './run.ts';

/** The name of every execution, on both engines. */
export const EXECUTION = 'oracle';

/** Runs a case on this interpreter. */
export async function runHere({ name, definition, input, mocks }: Case): Promise<Run> {
  const machine = compileMachine(JSON.stringify(definition), { name });
  const clock = new VirtualClock();
  const tasks = async ({ context }: { context: Json }) => answer(mocked(mocks, context));
  const engine = new Engine({ clock, journal: noJournal, tasks });
  const execution = engine.start({ machine, name: EXECUTION, input });
  await clock.runUntilIdle();
  const { status, output, error, cause, history } = execution;
  return { status, output, error, cause, events: history.map(readEvent) };
}

/** What the Task that asks is answered with: both engines go by the number of its retries. */
function mocked(mocks: Case['mocks'], context: Json): Mock {
  const { Name, RetryCount } = isJsonObject(context) && isJsonObject(context.State) ? context.State : {};
  const mock = mocks[String(Name)]?.[Number(RetryCount)];
  if (!mock) throw new Error(`no result for ${Name}, retry ${RetryCount}`);
  return mock;
}

function answer(mock: Mock): Json {
  if ('error' in mock) throw new StateFailure(mock.error, mock.cause);
  return mock.result;
}
