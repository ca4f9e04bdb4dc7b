import { z } from 'zod';
import { RotationError } from '../core/errors.ts';
import type { Ledger, LockOwner } from '../core/ledger.ts';
import type { LedgerTable, Write } from './ledger-table.ts';
import { LOST, untilWritten } from './until-written.ts';

/** The row of a key outlives its release, so that its fence only grows. */
const lockRow = z.object({ fence: z.int(), rotation: z.string().optional(), execution: z.string().optional() });
/** What a rotation holds, in one row: a step's fence is checked against this and nothing else. */
const heldRow = z.object({ fence: z.int(), execution: z.string(), keys: z.array(z.string()) });

const lockKey = (key: string) => ({ pk: `lock#${key}`, sk: 'lock' });
const heldKey = (rotationId: string) => ({ pk: `rotation#${rotationId}`, sk: 'locks' });

export function dynamoLocks(
  table: LedgerTable,
): Pick<Ledger, 'acquireLocks' | 'checkFence' | 'releaseLocks' | 'lockHolder'> {
  return {
    acquireLocks: (keys, owner) =>
      untilWritten(`locks of ${owner.rotationId}`, () => tryAcquire(table, [...new Set(keys)], owner)),
    checkFence: async (rotationId, fence) => {
      const held = await table.get(heldRow, heldKey(rotationId));
      if (held?.fence !== fence) throw stale(rotationId, fence);
    },
    releaseLocks: (rotationId, fence) =>
      untilWritten(`locks of ${rotationId}`, () => tryRelease(table, rotationId, fence)),
    lockHolder: async (key) => {
      const lock = await table.get(lockRow, lockKey(key));
      if (lock?.rotation === undefined || lock.execution === undefined) return undefined;
      return { rotationId: lock.rotation, execution: lock.execution, fence: lock.fence };
    },
  };
}

async function tryAcquire(table: LedgerTable, keys: readonly string[], owner: LockOwner) {
  const { rotationId, execution } = owner;
  const held = await table.get(heldRow, heldKey(rotationId));
  const wanted = await Promise.all(keys.map(async (key) => ({ key, lock: await table.get(lockRow, lockKey(key)) })));
  for (const { key, lock } of wanted) refuseForeign(key, lock?.rotation, rotationId);
  if (held?.execution === execution && keys.every((key) => held.keys.includes(key))) return held.fence;
  const seen = new Map([
    ...(held?.keys ?? []).map((key) => [key, held?.fence] as const),
    ...wanted.map(({ key, lock }) => [key, lock?.fence] as const),
  ]);
  const fence = Math.max(0, held?.fence ?? 0, ...[...seen.values()].map((earlier) => earlier ?? 0)) + 1;
  const writes: Write[] = [...seen].map(([key, earlier]) => ({
    put: { ...lockKey(key), fence, rotation: rotationId, execution },
    when: unchanged(earlier),
  }));
  const holding = { ...heldKey(rotationId), fence, execution, keys: [...seen.keys()] };
  return (await table.write([...writes, { put: holding, when: unchanged(held?.fence) }])) ? fence : LOST;
}

/** Every taking of a lock raises its fence: the same fence is the same state, but for a release. */
const unchanged = (fence: number | undefined) => (fence === undefined ? 'absent' : { fence });

function refuseForeign(key: string, holder: string | undefined, rotationId: string): void {
  if (holder === undefined || holder === rotationId) return;
  throw new RotationError('LockHeld', { subject: `lock ${key}`, detail: `held by rotation ${holder}` });
}

async function tryRelease(table: LedgerTable, rotationId: string, fence: number) {
  const held = await table.get(heldRow, heldKey(rotationId));
  if (held === undefined) return;
  if (held.fence !== fence) throw stale(rotationId, fence);
  const free = held.keys.map((key) => ({ put: { ...lockKey(key), fence }, when: { fence, rotation: rotationId } }));
  return (await table.write([...free, { remove: heldKey(rotationId), when: { fence } }])) ? undefined : LOST;
}

export function stale(rotationId: string, fence: number): RotationError {
  return new RotationError('FenceStale', { subject: `rotation ${rotationId}`, detail: `fence ${fence}` });
}

/** Part of a write that counts only while the rotation holds its locks under this fence. */
export const underFence = (rotationId: string, fence: number): Write => ({
  check: heldKey(rotationId),
  when: { fence },
});
