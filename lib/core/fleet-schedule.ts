import type { FleetLimits, MemberState, Ship } from './fleet.ts';
import { depends } from './fleet-order.ts';

/** What is to be done now for a fleet that stands as it does. */
export interface Schedule {
  /** To be started; one that was started a moment ago and has not begun is told again, which is harmless. */
  readonly start: readonly Ship[];
  readonly running: readonly Ship[];
  /** Not begun, and held up by another that has not ended. */
  readonly held: readonly Ship[];
  /** Never to be started, by secret, with why. */
  readonly skipped: ReadonlyMap<string, string>;
  /** Why nothing further is started, where the fleet has stopped. */
  readonly stopped: string | undefined;
}

const FAILED: ReadonlySet<MemberState> = new Set(['ROLLED_BACK', 'REFUSED', 'QUARANTINED']);

/** @param ships in the order in which they begin */
export function scheduleOf(ships: readonly Ship[], canary: string | undefined, limits: FleetLimits): Schedule {
  const stopped = stopOf(ships, canary, limits);
  const skipped = new Map(ships.flatMap((ship) => skipOf(ship, ships, stopped)));
  const running = ships.filter(({ state }) => state === 'running');
  const left = ships.filter(({ secretId }) => !skipped.has(secretId));
  const open = left.filter(({ state }) => state === 'open');
  const start: Ship[] = [];
  for (const ship of open) {
    const others = [...left, ...start.map(asRunning)];
    if (isFree(ship, others, canary) && hasRoom(ship, [...running, ...start], limits)) start.push(ship);
  }
  return { start, running, skipped, stopped, held: open.filter((ship) => !start.includes(ship)) };
}

const asRunning = (ship: Ship): Ship => ({ ...ship, state: 'running' });

function stopOf(ships: readonly Ship[], canary: string | undefined, limits: FleetLimits): string | undefined {
  const first = ships.find(({ secretId }) => secretId === canary);
  if (first !== undefined && FAILED.has(first.state)) return `the canary ${first.secretId} ended ${first.state}`;
  const failed = ships.filter(({ state }) => FAILED.has(state)).length;
  return failed >= limits.failures ? `${failed} of this fleet failed` : undefined;
}

function skipOf(ship: Ship, ships: readonly Ship[], stopped: string | undefined): [string, string][] {
  if (ship.state === 'overtaken') return [[ship.secretId, 'rotated by another run since it was asked for']];
  if (ship.state !== 'open') return [];
  if (stopped !== undefined) return [[ship.secretId, stopped]];
  const stuck = ships.find((other) => other.state === 'QUARANTINED' && conflict(ship, other));
  return stuck === undefined ? [] : [[ship.secretId, `${stuck.secretId} is in quarantine`]];
}

const conflict = (one: Ship, other: Ship): boolean =>
  one !== other && (depends(one, other) || one.claims.some((claim) => other.claims.includes(claim)));

const isActive = ({ state }: Ship): boolean => state === 'running' || state === 'parked';

/** The canary runs alone; any other after it, after those that it refers to, and never beside one that it would meet. */
function isFree(ship: Ship, ships: readonly Ship[], canary: string | undefined): boolean {
  if (ships.some((other) => other.secretId !== ship.secretId && isActive(other) && conflict(ship, other))) return false;
  if (ship.secretId === canary) return true;
  return !ships.some(
    (other) =>
      (other.secretId === canary && (other.state === 'open' || isActive(other))) ||
      (other.state === 'open' && ship.refersTo.includes(other.secretId)),
  );
}

function hasRoom(ship: Ship, busy: readonly Ship[], { total, perTarget, perBackend }: FleetLimits): boolean {
  const at = (target: string) => busy.filter(({ targets }) => targets.includes(target)).length;
  return (
    busy.length < total &&
    busy.filter(({ backend }) => backend === ship.backend).length < perBackend &&
    ship.targets.every((target) => at(target) < perTarget)
  );
}
