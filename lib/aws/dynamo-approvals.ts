import { z } from 'zod';
import { RotationError } from '../core/errors.ts';
import type { Ledger } from '../core/ledger.ts';
import { type ApprovalRecord, approvalRecord } from '../core/rotation.ts';
import { docOf } from './doc.ts';
import { collect, type LedgerTable, ordinal } from './ledger-table.ts';
import { LOST, untilWritten } from './until-written.ts';

type Approvals = Pick<Ledger, 'openApproval' | 'approval' | 'approvals' | 'saveApproval'>;

const recordRow = z.object({ doc: docOf(approvalRecord) });
const entryRow = z.object({ approval: z.string() });

const recordKey = (id: string) => ({ pk: `approval#${id}`, sk: 'record' });
const APPROVAL = 'approval#';

const rowOf = (record: ApprovalRecord) => ({
  ...recordKey(record.id),
  doc: JSON.stringify(record),
  revision: record.revision,
});

/** Approvals are replaced by compare-and-set on their revision: of two votes at one moment, one is cast again. */
export function dynamoApprovals(table: LedgerTable): Approvals {
  const approval = async (id: string) => (await table.get(recordRow, recordKey(id)))?.doc;
  return {
    approval,
    openApproval: (record) => untilWritten(`approval ${record.id}`, () => tryOpen(table, record)),
    saveApproval: async (record, expected) => {
      const next = { ...record, revision: expected + 1 };
      if (await table.write([{ put: rowOf(next), when: { revision: expected } }])) return next;
      const detail = `revision ${expected} is not the last`;
      throw new RotationError('Conflict', { subject: `approval ${record.id}`, detail });
    },
    approvals: async ({ rotationId, status }) => {
      const list = rotationId === undefined ? 'approvals' : `rotation#${rotationId}`;
      const entries = await collect(table.list(entryRow, list, { prefix: APPROVAL }));
      const records = await Promise.all(entries.map((entry) => approval(entry.approval)));
      return records
        .filter((record) => record !== undefined)
        .filter((record) => status === undefined || status.includes(record.status));
    },
  };
}

/** The newer token raises the revision, so that a vote which was read before it cannot bring the older one back. */
async function tryOpen(table: LedgerTable, record: ApprovalRecord): Promise<ApprovalRecord | typeof LOST> {
  const first = (await table.get(recordRow, recordKey(record.id)))?.doc;
  if (first === undefined) return firstOpen(table, record);
  if (record.sealedToken === undefined || record.sealedToken === first.sealedToken) return first;
  const next = { ...first, sealedToken: record.sealedToken, revision: first.revision + 1 };
  return (await table.write([{ put: rowOf(next), when: { revision: first.revision } }])) ? next : LOST;
}

async function firstOpen(table: LedgerTable, record: ApprovalRecord): Promise<ApprovalRecord | typeof LOST> {
  const sk = `${APPROVAL}${ordinal(await table.next('approvals'))}`;
  const lists = ['approvals', `rotation#${record.rotationId}`];
  const entries = lists.map((pk) => ({ put: { pk, sk, approval: record.id } }));
  return (await table.write([{ put: rowOf(record), when: 'absent' }, ...entries])) ? record : LOST;
}
