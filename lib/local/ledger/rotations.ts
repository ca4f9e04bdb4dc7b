import { RotationError } from '../../core/errors.ts';
import type { Ledger } from '../../core/ledger.ts';
import { evidence, rotationRecord } from '../../core/rotation.ts';
import { checkFence } from './locks.ts';
import type { Sql } from './sql.ts';

type Rotations = Pick<Ledger, 'saveRotation' | 'advance' | 'rotation' | 'rotations' | 'addEvidence' | 'evidence'>;

/** Replaced by an equal or newer run only. */
const SAVE = `INSERT INTO rotations (doc) VALUES (?)
  ON CONFLICT (id) DO UPDATE SET doc = excluded.doc WHERE excluded.fence >= rotations.fence`;

const FIND = `SELECT doc FROM rotations
  WHERE (?1 IS NULL OR secret = ?1)
    AND (?2 IS NULL OR status IN (SELECT value FROM json_each(?2)))
    AND (?3 IS NULL OR started >= julianday(?3))
  ORDER BY seq DESC LIMIT ?4`;

/** Rotations and what was proven in them. */
export function sqliteRotations(sql: Sql): Rotations {
  const byId = (id: string) => sql.docs(rotationRecord, 'SELECT doc FROM rotations WHERE id = ?', id)[0];
  return {
    saveRotation: async (record) => {
      if (sql.run(SAVE, JSON.stringify(record)) === 1) return;
      const detail = `fence ${record.fence}`;
      throw new RotationError('FenceStale', { subject: `rotation ${record.rotationId}`, detail });
    },
    advance: async (rotationId, fence, patch) =>
      sql.transaction(() => {
        checkFence(sql, rotationId, fence);
        const next = rotationRecord.parse({ ...byId(rotationId), ...patch });
        sql.run('UPDATE rotations SET doc = ? WHERE id = ?', JSON.stringify(next), rotationId);
        return next;
      }),
    rotation: async (rotationId) => byId(rotationId),
    rotations: async ({ secretId, status, since, limit }) =>
      sql.docs(
        rotationRecord,
        FIND,
        secretId ?? null,
        status ? JSON.stringify(status) : null,
        since ?? null,
        limit ?? -1,
      ),
    addEvidence: async (item) => void sql.run('INSERT INTO evidence (doc) VALUES (?)', JSON.stringify(item)),
    evidence: async (rotationId) =>
      sql.docs(evidence, 'SELECT doc FROM evidence WHERE rotation = ? ORDER BY seq', rotationId),
  };
}
