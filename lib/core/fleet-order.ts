import type { Ship } from './fleet.ts';
import { CLASSIFICATIONS } from './rotation.ts';

/** The secret to try first: the least critical one that nothing else in the fleet depends on, either way. */
export function canaryOf(ships: readonly Ship[], named: string | undefined): string | undefined {
  if (ships.length < 2) return undefined;
  if (named !== undefined) return named;
  const alone = ships.filter((ship) => !ships.some((other) => other !== ship && depends(ship, other)));
  const byWorth = [...alone].sort((a, b) => worthOf(b) - worthOf(a));
  return (byWorth[0] ?? ships[0])?.secretId;
}

const WORTH: ReadonlyMap<string, number> = new Map(CLASSIFICATIONS.map((name, index) => [name, index]));

const worthOf = ({ classification }: Ship): number => WORTH.get(classification) ?? 0;

export const depends = (one: Ship, other: Ship): boolean =>
  one.refersTo.includes(other.secretId) || other.refersTo.includes(one.secretId);

/**
 * The order in which members begin: the canary, then each after those that it refers to, and those that restart the same
 * workload one after another, so that they run together and it restarts once.
 */
export function inOrder(ships: readonly Ship[], canary: string | undefined): Ship[] {
  const ordered = new Set<Ship>();
  const add = (ship: Ship) => {
    if (ordered.has(ship)) return;
    for (const other of ships) if (other !== ship && ship.refersTo.includes(other.secretId)) add(other);
    ordered.add(ship);
  };
  for (const ship of ships) {
    add(ship);
    for (const other of ships) if (ship.workloads.some((workload) => other.workloads.includes(workload))) add(other);
  }
  const first = ships.filter(({ secretId }) => secretId === canary);
  return [...first, ...[...ordered].filter(({ secretId }) => secretId !== canary)];
}
