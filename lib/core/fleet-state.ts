import type { FleetRecord, Ship } from './fleet.ts';
import { canaryOf, inOrder } from './fleet-order.ts';
import { type Schedule, scheduleOf } from './fleet-schedule.ts';
import { shipsOf, withOvertaken } from './fleet-ships.ts';
import type { StepDeps } from './step.ts';

export interface FleetState extends Schedule {
  /** In the order in which they begin. */
  readonly ships: readonly Ship[];
  readonly canary: string | undefined;
}

/** How a fleet stands, and what it does next. Everything follows from the ledger: whoever looks sees the same. */
export async function fleetState(
  deps: StepDeps,
  fleet: FleetRecord,
  refused: readonly string[] = [],
): Promise<FleetState> {
  const asked = await shipsOf(deps, fleet, refused);
  const canary = canaryOf(asked, fleet.canary);
  const ordered = inOrder(asked, canary);
  return settle(deps, fleet, ordered, canary);
}

/** What would start is looked at once more, and left out where another run has rotated it meanwhile. */
async function settle(
  deps: StepDeps,
  fleet: FleetRecord,
  ships: readonly Ship[],
  canary: string | undefined,
): Promise<FleetState> {
  const schedule = scheduleOf(ships, canary, fleet.limits);
  const seen = await withOvertaken(deps, fleet, ships, schedule.start);
  const isChanged = seen.some(({ state }, index) => state !== ships[index]?.state);
  return isChanged ? settle(deps, fleet, seen, canary) : { ...schedule, ships, canary };
}
