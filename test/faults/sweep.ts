import { type Result, runCell, type Scenario } from './cell.ts';
import { SEED } from './seed.ts';

/** One kind of fault at every call of a scenario; where a person was asked, once for each answer. */
export async function sweep(scenario: Scenario, fault: string): Promise<Result[]> {
  const results: Result[] = [];
  for (const at of thinned(await callsOf(scenario), scenario, fault)) {
    const cell = { scenario: { ...scenario, seed: SEED }, fault, at };
    const forward = await runCell(cell);
    results.push(forward);
    if (forward.outcome === 'QUARANTINED') results.push(await runCell({ ...cell, answer: 'back' }));
  }
  return results;
}

/** With a stride, others for each fault: together they leave out none. */
const thinned = (calls: readonly number[], { stride = 1 }: Scenario, fault: string): readonly number[] =>
  calls.filter((at) => (at + fault.length) % stride === 0);

const numbers = new Map<string, readonly number[]>();

/** The numbers of the calls that faults are laid over, from a run without one. */
async function callsOf(scenario: Scenario): Promise<readonly number[]> {
  const known = numbers.get(scenario.name);
  if (known !== undefined) return known;
  const { calls, violations } = await runCell({ scenario: { ...scenario, seed: SEED } });
  if (violations.length > 0) throw new Error(`${scenario.name} without a fault: ${violations.join('; ')}`);
  const { from = '', to = '' } = scenario;
  const first = calls.findIndex((call) => call.includes(from));
  const last = calls.findLastIndex((call) => call.includes(to));
  if (first < 0 || last < first) throw new Error(`${scenario.name} has no calls from ${from} to ${to}`);
  const found = calls.map((_, index) => index + 1).slice(first, last + 1);
  numbers.set(scenario.name, found);
  return found;
}

/** What is wrong, a line for each cell: enough to see it again. */
export const complaintsOf = (results: readonly Result[]): string[] =>
  results
    .filter(({ violations }) => violations.length > 0)
    .map(({ cell: { scenario, fault, at = 0, answer = 'forward' }, calls, violations }) => {
      const where = `${scenario.name}, ${fault} at call ${at} (${calls[at - 1]}), answered ${answer}`;
      return `KEYTURN_SEED=${SEED}: ${where}: ${violations.join('; ')}`;
    });

/** Cells, feasible ones, and how they ended, in one line. */
export function figuresOf(results: readonly Result[]): string {
  const feasible = results.filter((result) => result.feasible);
  const outcomes = [...new Set(feasible.map(endOf))].sort();
  const counts = outcomes.map((outcome) => `${feasible.filter((it) => endOf(it) === outcome).length} ${outcome}`);
  const violations = results.flatMap((result) => result.violations).length;
  return `${results.length} cells, ${feasible.length} feasible: ${counts.join(', ')}; ${violations} violations`;
}

/** A quarantine is told with the end that it came to when a person had answered. */
const endOf = ({ outcome, end }: Result): string => (outcome === end ? end : `${outcome} then ${end}`);
