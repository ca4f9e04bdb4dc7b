import { afterAll, describe, expect, it } from 'vitest';
import type { Result, Scenario } from './cell.ts';
import { complaintsOf, figuresOf, sweep } from './sweep.ts';

/** A test for each kind of fault over each scenario; the figures are told at the end. */
export function sweepSuite(title: string, plan: readonly { scenario: Scenario; faults: readonly string[] }[]): void {
  const all: Result[] = [];
  afterAll(() => console.info(`${title}: ${figuresOf(all)}`));

  describe.each(plan)('$scenario.name', ({ scenario, faults }) => {
    it.each(faults)('%s', { timeout: 120_000 }, async (fault) => {
      const results = await sweep(scenario, fault);
      all.push(...results);
      expect(complaintsOf(results)).toEqual([]);
      expect(results.some(({ feasible }) => feasible)).toBe(true);
    });
  });
}
