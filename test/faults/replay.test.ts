import { describe, expect, it } from 'vitest';
import { runCell } from './cell.ts';
import { FAULTS } from './faults.ts';
import { SCENARIOS } from './scenarios.ts';
import { SEED } from './seed.ts';

/** I22: what a run did follows from its seed. */
describe('a trace', () => {
  const traceOf = async (seed: number, fault?: string) => {
    const cell = { scenario: { ...SCENARIOS.plain, seed }, at: 7, ...(fault !== undefined && { fault }) };
    return (await runCell(cell)).trace;
  };

  it.each([undefined, ...Object.keys(FAULTS)])('is the same for the same seed: %s', async (fault) => {
    const [one, two] = [await traceOf(SEED, fault), await traceOf(SEED, fault)];
    expect(one.length).toBeGreaterThan(100);
    expect(two).toEqual(one);
  });

  it('is another one for another seed', async () => {
    expect(await traceOf(SEED + 1)).not.toEqual(await traceOf(SEED));
  });
});
