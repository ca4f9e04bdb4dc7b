import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { Ledger, LockOwner } from '../../core/ledger.ts';
import type { Sql } from './sql.ts';

const lockRow = z.object({
  key: z.string(),
  fence: z.int(),
  rotation: z.string().nullable(),
  execution: z.string().nullable(),
});
type LockRow = z.output<typeof lockRow>;

/** Fences are kept in the row of the key, which outlives its release: they only grow. */
export function sqliteLocks(sql: Sql): Pick<Ledger, 'acquireLocks' | 'checkFence' | 'releaseLocks' | 'lockHolder'> {
  return {
    acquireLocks: async (keys, owner) => sql.transaction(() => acquire(sql, keys, owner)),
    checkFence: async (rotationId, fence) => checkFence(sql, rotationId, fence),
    releaseLocks: async (rotationId, fence) =>
      sql.transaction(() => {
        const held = heldBy(sql, rotationId);
        if (held.some((lock) => lock.fence !== fence)) throw stale(rotationId, fence);
        sql.run('UPDATE locks SET rotation = NULL, execution = NULL WHERE rotation = ?', rotationId);
      }),
    lockHolder: async (key) => {
      const [lock] = sql.rows(lockRow, 'SELECT * FROM locks WHERE key = ?', key);
      if (!lock?.rotation || !lock.execution) return undefined;
      return { rotationId: lock.rotation, execution: lock.execution, fence: lock.fence };
    },
  };
}

/** @throws FenceStale when a newer run owns the rotation's locks, or none does */
export function checkFence(sql: Sql, rotationId: string, fence: number): void {
  const held = heldBy(sql, rotationId);
  if (held.length === 0 || held.some((lock) => lock.fence !== fence)) throw stale(rotationId, fence);
}

function acquire(sql: Sql, keys: readonly string[], owner: LockOwner): number {
  const wanted = sql.rows(
    lockRow,
    'SELECT * FROM locks WHERE key IN (SELECT value FROM json_each(?))',
    JSON.stringify(keys),
  );
  refuseForeign(wanted, owner);
  const own = heldBy(sql, owner.rotationId);
  const [mine] = own;
  if (mine?.execution === owner.execution && keys.every((key) => own.some((lock) => lock.key === key)))
    return mine.fence;
  const fence = Math.max(0, ...[...wanted, ...own].map((lock) => lock.fence)) + 1;
  for (const key of new Set([...keys, ...own.map((lock) => lock.key)])) take(sql, key, fence, owner);
  return fence;
}

function refuseForeign(wanted: readonly LockRow[], owner: LockOwner): void {
  const foreign = wanted.find((lock) => lock.rotation !== null && lock.rotation !== owner.rotationId);
  if (foreign === undefined) return;
  throw new RotationError('LockHeld', {
    subject: `lock ${foreign.key}`,
    detail: `held by rotation ${foreign.rotation}`,
  });
}

function take(sql: Sql, key: string, fence: number, { rotationId, execution }: LockOwner): void {
  const statement = 'INSERT OR REPLACE INTO locks (key, fence, rotation, execution) VALUES (?, ?, ?, ?)';
  sql.run(statement, key, fence, rotationId, execution);
}

const heldBy = (sql: Sql, rotationId: string): LockRow[] =>
  sql.rows(lockRow, 'SELECT * FROM locks WHERE rotation = ?', rotationId);

function stale(rotationId: string, fence: number): RotationError {
  return new RotationError('FenceStale', { subject: `rotation ${rotationId}`, detail: `fence ${fence}` });
}
