import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../lib/asl/clock.ts';
import { Engine } from '../../lib/asl/engine.ts';
import { openFileJournal } from '../../lib/asl/file-journal.ts';
import { compileMachine } from '../../lib/asl/machine.ts';
import { TWINS } from './machines.ts';

/** The journal lies on the disk of the checkout: a directory for temporary files may be in memory. */
const directory = mkdtempSync(join(import.meta.dirname, '.journal-'));

/** How often a second the disk can make 4 KiB at the end of a file durable. */
async function syncsPerSecond(): Promise<number> {
  const file = await open(join(directory, 'probe'), 'w');
  const block = Buffer.alloc(4_096, 1);
  const start = performance.now();
  const count = 500;
  for (let at = 0; at < count; at++) {
    await file.appendFile(block);
    await file.datasync();
  }
  await file.close();
  return count / ((performance.now() - start) / 1000);
}

/** Executions a second of the chain of 6 tasks, so many at a time, each task waiting until what it follows from is durable. */
async function executionsPerSecond(concurrent: number, total: number): Promise<number> {
  const twin = TWINS[0];
  const machine = compileMachine(JSON.stringify(twin?.ours), { name: 'bench' });
  const journal = await openFileJournal(join(directory, `at-${concurrent}`));
  const engine = new Engine({ clock: systemClock, journal, tasks: async ({ payload }) => payload, retentionMs: 0 });
  let started = 0;
  const worker = async () => {
    while (started < total) await engine.start({ machine, name: `run-${started++}`, input: { value: 1 } }).done;
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrent }, worker));
  const seconds = (performance.now() - start) / 1000;
  await engine.close();
  return total / seconds;
}

try {
  const syncs = await syncsPerSecond();
  console.log(`the disk: ${syncs.toFixed(0)} fsyncs/s`);
  for (const [concurrent, total] of [
    [1, 500],
    [50, 20_000],
    [1_000, 40_000],
  ] as const) {
    const rate = await executionsPerSecond(concurrent, total);
    // An execution waits seven times: before each of its six tasks, and at its end.
    const limit = (syncs / 7) * concurrent;
    console.log(
      `durable, ${concurrent} at a time: ${rate.toFixed(0)} executions/s; the disk alone would allow ${limit.toFixed(0)}`,
    );
  }
} finally {
  rmSync(directory, { recursive: true });
}
