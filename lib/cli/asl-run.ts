import { z } from 'zod';
import { systemClock, VirtualClock } from '../asl/clock.ts';
import { Engine } from '../asl/engine.ts';
import { EngineError, StateFailure } from '../asl/errors.ts';
import type { Execution } from '../asl/execution.ts';
import { memoryJournal } from '../asl/journal.ts';
import type { Machine } from '../asl/machine.ts';
import { loadMachine } from './asl-machine.ts';
import { type Mocks, mockTasks, parseMocks, type Report } from './asl-mocks.ts';
import { type Context, defineCommand } from './command.ts';
import { eventRows } from './event-rows.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { findingsText } from './findings-text.ts';
import { jsonOption } from './input-file.ts';
import { table } from './table.ts';

const options = z.object({
  file: z.string(),
  input: z.string(),
  mocks: z.string().optional(),
  virtualTime: z.boolean().default(false),
});

/** Runs a state machine in memory. */
export const aslRun = defineCommand(options, async (context, { file, input, mocks, virtualTime }) => {
  const loaded = loadMachine(file);
  if ('findings' in loaded) {
    const { findings } = loaded;
    context.output.answer({ refused: true, findings }, () => findingsText(file, findings, context.output.paint));
    return EXIT.usage;
  }
  const given = z.json().parse(jsonOption('--input', input));
  const answers = mocks === undefined ? {} : parseMocks(jsonOption('--mocks', mocks));
  const run = { machine: loaded.machine, input: given, mocks: answers };
  return tell(context, await (virtualTime ? runVirtually(run) : runInTime(context, run)));
});

interface Run {
  readonly machine: Machine;
  readonly input: z.infer<ReturnType<typeof z.json>>;
  readonly mocks: Mocks;
}

/** Waits pass at once; what waits for a token that nobody reports rests as it is. */
async function runVirtually(run: Run): Promise<Execution> {
  const clock = new VirtualClock();
  const execution = begin(run, clock);
  await clock.runUntilIdle(() => execution.status !== 'RUNNING');
  return execution;
}

async function runInTime({ terminal }: Context, run: Run): Promise<Execution> {
  const execution = begin(run, systemClock);
  const interrupted = new Promise<void>((done) => {
    const forget = terminal.onInterrupt(done);
    void execution.done.then(forget);
  });
  await Promise.race([execution.done, interrupted]);
  return execution;
}

function begin({ machine, input, mocks }: Run, clock: typeof systemClock): Execution {
  const report: Report = (token, answer) => clock.busy(answerToken(engine, token, answer));
  const engine: Engine = new Engine({ clock, journal: memoryJournal(), tasks: mockTasks(mocks, clock, report) });
  return engine.start({ machine, name: 'run', input });
}

/** A token whose state has gone on by then is nobody's. */
async function answerToken(engine: Engine, token: string, answer: Parameters<Report>[1]): Promise<void> {
  try {
    await engine.sendTaskSuccess(token, answer());
  } catch (error) {
    if (error instanceof StateFailure) return failToken(engine, token, error);
    if (!(error instanceof EngineError)) throw error;
  }
}

async function failToken(engine: Engine, token: string, { error, cause }: StateFailure): Promise<void> {
  try {
    await engine.sendTaskFailure(token, {
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    });
  } catch (refused) {
    if (!(refused instanceof EngineError)) throw refused;
  }
}

function tell({ output }: Context, { status, output: result, error, cause, history }: Execution): ExitCode {
  output.answer({ status, output: result ?? null, error: error ?? null, cause: cause ?? null, history }, () =>
    [
      table(['at', 'state', 'what', 'about'], eventRows(history)),
      `${status}${error === undefined ? '' : ` ${error}: ${cause ?? ''}`}`,
      ...(result === undefined ? [] : [JSON.stringify(result, null, 2)]),
    ].join('\n'),
  );
  return status === 'SUCCEEDED' ? EXIT.done : EXIT.failed;
}
