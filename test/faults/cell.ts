import { ENDS } from './ends.ts';
import { FAULTS } from './faults.ts';
import { drive, PEOPLE, type People, rotate } from './harness/run.ts';
import { ORDERS } from './harness/scene.ts';
import { Site, type SiteOptions } from './harness/site.ts';
import { INVARIANTS } from './invariants.ts';
import { leakOf } from './leaks.ts';

/** A run that is the same each time, until a fault comes in. */
export interface Scenario extends SiteOptions {
  readonly name: string;
  /** Faults begin at the first call of this state; from the first call when absent. */
  readonly from?: string;
  /** And end with the last call of this one. */
  readonly to?: string;
  /** Each fault is laid over every such call only. */
  readonly stride?: number;
  /** What people do about it before they answer a quarantine. */
  mend?(site: Site): unknown;
  /** Arranges the world before the run. */
  prepare?(site: Site): unknown;
}

export interface Cell {
  readonly scenario: Scenario;
  /** Absent: the run as it is without a fault. */
  readonly fault?: string;
  readonly at?: number;
  /** How a person answers a quarantine. */
  readonly answer?: 'forward' | 'back';
}

export interface Result {
  readonly cell: Cell;
  /** Whether the fault took place. */
  readonly feasible: boolean;
  /** How the rotation stood when nothing went on by itself, and how it ended. */
  readonly outcome: string;
  readonly end: string;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  /** How often a step changed something, be it outside or in the ledger. */
  readonly effects: number;
  /** The states that called a step, in order. */
  readonly calls: readonly string[];
}

/** Runs one cell, looking at everything after each event and each effect. */
export async function runCell(cell: Cell): Promise<Result> {
  const site = new Site(cell.scenario);
  try {
    return await runOn(site, cell);
  } finally {
    site.close();
  }
}

async function runOn(site: Site, cell: Cell): Promise<Result> {
  const { scenario, fault, at = 0, answer = 'forward' } = cell;
  const violations = watch(site);
  const mends: (() => void)[] = [];
  let feasible = fault === undefined;
  let parked = false;
  const people: People = {
    ...PEOPLE,
    quarantine: () => {
      parked = true;
      for (const mend of mends.splice(0)) mend();
      scenario.mend?.(site);
      return answer;
    },
  };
  scenario.prepare?.(site);
  const fire = () => {
    feasible = true;
  };
  const trouble = { site, at, fire, onMend: (mend: () => void) => void mends.push(mend) };
  site.world.meddler = FAULTS[fault ?? '']?.(trouble) ?? {};
  const { rotationId } = await rotate(site, ORDERS);
  await drive(site, people);
  site.world.down.clear();
  for (const [id, check] of Object.entries(ENDS)) note(violations, id, check({ site }));
  note(violations, 'I9', leakOf(site));
  const end = site.book.records.get(rotationId)?.status ?? 'REFUSED';
  return {
    cell,
    feasible,
    outcome: parked ? 'QUARANTINED' : end,
    end,
    violations: [...violations],
    trace: site.trace,
    effects: site.world.effects.filter(({ changes, call }) => changes && call !== undefined).length,
    calls: site.calls.map(({ key }) => key.slice(key.indexOf('/') + 1)),
  };
}

function watch(site: Site): Set<string> {
  const violations = new Set<string>();
  site.world.observe = (effect) => {
    if (effect) site.trace.push(`${effect.at} ${effect.place} ${effect.action} ${effect.subject} ${effect.result}`);
    for (const [id, check] of Object.entries(INVARIANTS)) note(violations, id, check({ site, effect }));
  };
  return violations;
}

function note(violations: Set<string>, id: string, found: string | undefined): void {
  if (found !== undefined) violations.add(`${id}: ${found}`);
}
