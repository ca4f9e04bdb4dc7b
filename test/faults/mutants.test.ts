import { describe, expect, it } from 'vitest';
import { runCell } from './cell.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { SEED } from './seed.ts';

/** What the mutant's kind of fault shows, cell by cell, until it is caught; without one, the run as it is. */
async function violationsOf({ scenario: make, fault, caught }: Mutant): Promise<readonly string[]> {
  const scenario = { ...make(), seed: SEED };
  const { calls, violations } = await runCell({ scenario });
  if (fault === undefined) return violations;
  for (let at = 1; at <= calls.length; at++) {
    const found = await runCell({ scenario, fault, at });
    if (found.violations.some((violation) => caught.test(violation))) return found.violations;
  }
  return [];
}

describe('the sweep catches a mutant that', () => {
  it.each(Object.entries(MUTANTS))('%s', async (_name, mutant) => {
    expect(await violationsOf(mutant)).toContainEqual(expect.stringMatching(mutant.caught));
  });
});
