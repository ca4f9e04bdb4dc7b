import { describe, expect, it } from 'vitest';
import { runCell, type Scenario } from './cell.ts';
import { STAGED_SCENARIOS } from './scenarios.ts';
import { SEED } from './seed.ts';
import { complaintsOf } from './sweep.ts';

/** A selection: the whole of it takes longer than the suite may. */
describe.each([
  [STAGED_SCENARIOS.plain, 'COMMITTED'],
  [STAGED_SCENARIOS.published, 'ROLLED_BACK'],
  [STAGED_SCENARIOS.switched, 'ROLLED_BACK'],
  [STAGED_SCENARIOS.pruned, 'COMMITTED'],
  [STAGED_SCENARIOS.leaf, 'COMMITTED'],
  [STAGED_SCENARIOS.reissued, 'ROLLED_BACK'],
] as const)('$name', (found, end) => {
  const scenario: Scenario = { ...found, seed: SEED };

  it('ends as it should, with every record readable, every token good and every certificate trusted', async () => {
    const result = await runCell({ scenario });
    expect([result.end, result.violations]).toEqual([end, []]);
  });

  it.each(['crash after the effect, reply lost', 'fatal error after the effect'])(
    '%s, here and there',
    async (fault) => {
      const { calls } = await runCell({ scenario });
      const places = [0.25, 0.5, 0.75, 0.95].map((part) => Math.round(calls.length * part));
      const results = await Promise.all(places.map((at) => runCell({ scenario, fault, at })));
      expect(complaintsOf(results)).toEqual([]);
    },
  );
});
