import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openFileJournal } from '../../lib/asl/file-journal.ts';
import { seededIds } from '../../lib/asl/random.ts';
import { endOf, startChild } from '../support/child.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { CRASH_MACHINE } from './crash-machine.ts';
import { machineOf } from './play.ts';

/** How many kills; more with KILLS=200. */
const KILLS = Number(process.env.KILLS ?? 5);
const EXECUTIONS = 20;
/** Kills within one life of the executions: they take a few seconds when nobody kills them. */
const PER_LIFE = 5;

const machine = machineOf(CRASH_MACHINE);

/** The client tokens of the states whose exit is durable. */
async function finishedStates(directory: string): Promise<Set<string>> {
  const journal = await openFileJournal(directory);
  const finished = new Set<string>();
  for (const record of journal.read()) {
    if (record.kind !== 'event' || record.event.next === undefined) continue;
    finished.add(`${record.execution.slice('crash:'.length)}${record.path}`);
  }
  await journal.close();
  return finished;
}

const effectsIn = (directory: string): { clientToken: string }[] => {
  const path = join(directory, 'effects');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
};

const start = (directory: string) => startChild('state-machines', [directory, machine.definition, String(EXECUTIONS)]);

/** Kills the process at a random moment; answers with the finished states, and how many effects there were by then. */
async function kill(directory: string, random: () => number) {
  const child = start(directory);
  const end = endOf(child);
  await Promise.race([end, new Promise((resolve) => child.stdout?.once('data', resolve))]);
  await sleep(random() * 400);
  child.kill('SIGKILL');
  expect((await end).errors).toBe('');
  return { finished: await finishedStates(directory), effects: effectsIn(directory).length };
}

/** Kills it again and again, and then lets it end. */
async function live(directory: string, kills: number) {
  const { random } = seededIds(Date.now());
  const killed = [];
  for (let at = 0; at < kills; at++) killed.push(await kill(directory, random));
  const { lines, errors, code } = await endOf(start(directory));
  expect([errors, code]).toEqual(['', 0]);
  return { killed, ended: lines.slice(1).map((line) => JSON.parse(line)) };
}

describe('kill -9', () => {
  it(
    `at ${KILLS} random moments loses nothing that was done, and no finished state runs twice`,
    async () => {
      for (let done = 0; done < KILLS; done += PER_LIFE) {
        const directory = temporaryDirectory();
        const { killed, ended } = await live(directory, Math.min(PER_LIFE, KILLS - done));
        expect(ended).toHaveLength(EXECUTIONS);
        for (const { name, status, output, ids } of ended) {
          expect([name, status, output]).toEqual([
            name,
            'SUCCEEDED',
            expect.objectContaining({ at: Number(name.slice('run-'.length)) }),
          ]);
          expect(ids).toEqual(ids.map((_: number, index: number) => index + 1));
        }
        const all = effectsIn(directory);
        for (const { finished, effects } of killed) {
          expect(all.slice(effects).filter(({ clientToken }) => finished.has(clientToken))).toEqual([]);
        }
        expect(killed.at(-1)?.finished.size).toBeGreaterThan(0);
      }
    },
    60_000 + KILLS * 10_000,
  );
});
