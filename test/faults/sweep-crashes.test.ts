import { describe, expect, it } from 'vitest';
import { runCell } from './cell.ts';
import { SCENARIOS } from './scenarios.ts';
import { SEED } from './seed.ts';
import { complaintsOf } from './sweep.ts';

/** kill -9 after each effect of each step: the next process goes on, and nothing is done otherwise for it. */
describe.each([SCENARIOS.plain, SCENARIOS.back, SCENARIOS['value refused']])('a crash anywhere in $name', (found) => {
  const scenario = { ...found, seed: SEED };

  it('changes neither the end nor the number of values', { timeout: 120_000 }, async () => {
    const base = await runCell({ scenario });
    expect(base.effects).toBeGreaterThan(50);
    for (let at = 1; at <= base.effects; at++) {
      const result = await runCell({ scenario, fault: 'crash between two effects', at });
      expect(complaintsOf([result])).toEqual([]);
      expect([at, result.feasible, result.end]).toEqual([at, true, base.end]);
    }
  });
});
