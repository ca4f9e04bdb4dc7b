import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../support/peers.ts';
import { AVOIDED } from './oracle/avoided.ts';
import type { Case } from './oracle/case.ts';
import { compare } from './oracle/compare.ts';
import { DIFFERENCES } from './oracle/differences.ts';
import { generate } from './oracle/machines.ts';
import { runHere } from './oracle/ours.ts';
import type { Run } from './oracle/run.ts';
import { type Oracle, startOracle } from './oracle/theirs.ts';

/** `ORACLE_SEED` and `ORACLE_RUNS` try other machines, and more of them. */
const SEED = Number(process.env.ORACLE_SEED ?? 1);
const RUNS = Number(process.env.ORACLE_RUNS ?? 600);

/** How many executions theirs runs at a time: most of the time goes by in their Wait and Retry. */
const AT_A_TIME = 16;

/** How many machines must be the same from the first event to the last. */
const SAME_AT_LEAST = 0.75;

const absent = missing('localstack');

describe.skipIf(absent)(`the second engine${absent ? ` (${absent})` : ''}`, () => {
  const cases = generate(SEED, RUNS);
  let oracle: Oracle;

  beforeAll(async () => {
    oracle = await startOracle([...cases, ...AVOIDED.map(({ shows }) => shows)]);
  });
  afterAll(() => oracle.stop());

  it(`runs ${RUNS} generated machines as this one does, but for listed differences`, async () => {
    const [ours, theirs] = await Promise.all([inTurn(cases, runHere), together(cases, (it) => oracle.run(it))]);
    const tally = new Map<string, number>();
    const unlisted: string[] = [];
    for (const [at, which] of cases.entries()) {
      const verdict = judge(which, ours[at], theirs[at]);
      if (verdict.startsWith('{')) unlisted.push(verdict);
      else tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
    }
    console.info([...tally].map(([verdict, count]) => `${count} machines: ${verdict}`).join('\n'));
    expect(unlisted).toEqual([]);
    expect(tally.get(SAME)).toBeGreaterThanOrEqual(RUNS * SAME_AT_LEAST);
  }, 900_000);

  it.each(AVOIDED.map((it) => [it.name, it] as const))('differs: %s', async (_, { shows, output }) => {
    const ours = await runHere(shows);
    const theirs = await oracle.run(shows).catch(refusedDefinition);
    expect(ours).toMatchObject({ status: 'SUCCEEDED', output });
    expect(theirs?.output).not.toEqual(output);
  });
});

/** Theirs may refuse such a machine when it is created: that differs, too. Any other failure is the test's own. */
function refusedDefinition(error: unknown): undefined {
  if (error instanceof Error && error.name === 'InvalidDefinition') return undefined;
  throw error;
}

const SAME = 'the same';

/**
 * That the runs are the same, or the name of the difference; otherwise, all that is needed to look into it, as JSON.
 * What comes after a listed difference follows from it.
 */
function judge(which: Case, ours: Run | undefined, theirs: Run | undefined): string {
  if (!ours || !theirs) throw new Error(`${which.name} was not run`);
  const [parting] = compare(which.definition, ours, theirs);
  if (!parting) return SAME;
  const difference = DIFFERENCES.find((it) => it.explains(parting, ours, which));
  return difference?.name ?? JSON.stringify({ parting, seed: SEED, which });
}

/** One after another: an evaluation is timed by the clock on the wall, which other work would use up. */
async function inTurn(cases: readonly Case[], run: (which: Case) => Promise<Run>): Promise<Run[]> {
  const runs: Run[] = [];
  for (const which of cases) runs.push(await run(which));
  return runs;
}

async function together(cases: readonly Case[], run: (which: Case) => Promise<Run>): Promise<Run[]> {
  const runs: Run[] = [];
  const queue = cases.entries();
  const work = async () => {
    for (const [at, which] of queue) runs[at] = await run(which);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return runs;
}
