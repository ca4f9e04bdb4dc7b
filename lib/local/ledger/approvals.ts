import { RotationError } from '../../core/errors.ts';
import type { Ledger } from '../../core/ledger.ts';
import { type ApprovalRecord, approvalRecord } from '../../core/rotation.ts';
import type { Sql } from './sql.ts';

const FIND = `SELECT doc FROM approvals
  WHERE (?1 IS NULL OR rotation = ?1)
    AND (?2 IS NULL OR status IN (SELECT value FROM json_each(?2)))
  ORDER BY seq`;

/** Approvals are replaced by compare-and-set on their revision: of two votes at one moment, one is cast again. */
export function sqliteApprovals(sql: Sql): Pick<Ledger, 'openApproval' | 'approval' | 'approvals' | 'saveApproval'> {
  const byId = (id: string) => sql.docs(approvalRecord, 'SELECT doc FROM approvals WHERE id = ?', id)[0];
  const replace = (record: ApprovalRecord, expected: number): ApprovalRecord => {
    const next = { ...record, revision: expected + 1 };
    const statement = 'UPDATE approvals SET doc = ? WHERE id = ? AND revision = ?';
    if (sql.run(statement, JSON.stringify(next), record.id, expected) === 1) return next;
    throw new RotationError('Conflict', {
      subject: `approval ${record.id}`,
      detail: `revision ${expected} is not the last`,
    });
  };
  return {
    openApproval: async (record) =>
      sql.transaction(() => {
        const first = byId(record.id);
        if (first !== undefined) return withToken(first, record, replace);
        sql.run('INSERT INTO approvals (doc) VALUES (?)', JSON.stringify(record));
        return record;
      }),
    approval: async (id) => byId(id),
    approvals: async ({ rotationId, status }) =>
      sql.docs(approvalRecord, FIND, rotationId ?? null, status ? JSON.stringify(status) : null),
    saveApproval: async (record, expected) => sql.transaction(() => replace(record, expected)),
  };
}

/** The newer token raises the revision, so that a vote which was read before it cannot bring the older one back. */
function withToken(
  first: ApprovalRecord,
  { sealedToken }: ApprovalRecord,
  replace: (record: ApprovalRecord, expected: number) => ApprovalRecord,
): ApprovalRecord {
  if (sealedToken === undefined || sealedToken === first.sealedToken) return first;
  return replace({ ...first, sealedToken }, first.revision);
}
