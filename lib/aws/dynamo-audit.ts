import { z } from 'zod';
import { headText, isCanonical, nextRecord } from '../core/audit-chain.ts';
import { isRotationError, RotationError } from '../core/errors.ts';
import type { Ledger } from '../core/ledger.ts';
import { type AuditEntry, type AuditHead, type AuditRecord, auditHead, auditRecord } from '../core/rotation.ts';
import { docOf } from './doc.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { type LedgerTable, ordinal } from './ledger-table.ts';
import { LOST, untilWritten } from './until-written.ts';

export interface AuditDeps {
  readonly table: LedgerTable;
  readonly keys: LedgerKeys;
  /** Epoch ms. */
  readonly now: () => number;
}

const recordRow = z.object({ doc: docOf(auditRecord) });
const headRow = z.object({ doc: docOf(auditHead) });

const CHAIN = 'audit';
const HEAD = { pk: 'audit-head', sk: 'head' };
const RECORD = 'audit#';

/** Transitions by their key, so that each is written once. */
const transitionKey = (key: string) => ({ pk: `audit-key#${key}`, sk: 'record' });

export function dynamoAudit(deps: AuditDeps): Pick<Ledger, 'appendAudit' | 'auditRecords' | 'auditHead'> {
  const { table } = deps;
  return {
    appendAudit: (entry) => auditing(() => untilWritten('audit chain', () => tryAppend(deps, entry))),
    auditHead: async () => (await table.get(headRow, HEAD))?.doc,
    auditRecords: async ({ rotationId, secretId, afterSeq = 0, limit = Number.POSITIVE_INFINITY }) => {
      const found: AuditRecord[] = [];
      const rows = table.list(recordRow, listOf(rotationId, secretId), { prefix: RECORD, after: afterSeq });
      for await (const { doc } of rows) {
        if (found.length >= limit) break;
        if (secretId === undefined || doc.secretId === secretId) found.push(doc);
      }
      return found;
    },
  };
}

const listOf = (rotationId: string | undefined, secretId: string | undefined): string =>
  rotationId === undefined ? (secretId === undefined ? CHAIN : `secret#${secretId}`) : `rotation#${rotationId}`;

/** Without its record a transition must not go on: the caller is told so by a name of its own. */
async function auditing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isRotationError(error, 'LedgerUnavailable')) throw error;
    const { subject, code } = error;
    throw new RotationError('AuditUnavailable', { subject, ...(code !== undefined && { code }) });
  }
}

async function tryAppend(deps: AuditDeps, entry: AuditEntry): Promise<AuditRecord | typeof LOST> {
  const { table } = deps;
  const first = await table.get(recordRow, transitionKey(entry.key));
  if (first !== undefined) return first.doc;
  if (!isCanonical(entry))
    throw new RotationError('InputInvalid', { subject: `audit record ${entry.key}`, detail: 'it is no Unicode text' });
  const end = await genuineHead(deps);
  const record = nextRecord(entry, end);
  const head = await signedHead(deps, record);
  const doc = JSON.stringify(record);
  const sk = `${RECORD}${ordinal(record.seq)}`;
  const lists = [CHAIN, `rotation#${record.rotationId}`, `secret#${record.secretId}`];
  const done = await table.write([
    {
      put: { ...HEAD, doc: JSON.stringify(head), seq: head.seq },
      when: end === undefined ? 'absent' : { seq: end.seq },
    },
    { put: { ...transitionKey(entry.key), doc }, when: 'absent' },
    ...lists.map((pk) => ({ put: { pk, sk, doc }, when: 'absent' as const })),
  ]);
  return done ? record : LOST;
}

/** A head that was not signed here is not built on: the next signature would vouch for it. */
async function genuineHead({ table, keys }: AuditDeps): Promise<AuditHead | undefined> {
  const head = (await table.get(headRow, HEAD))?.doc;
  if (head === undefined || (await keys.verify(headText(head), head.signature))) return head;
  throw new RotationError('AuditUnavailable', {
    subject: 'audit chain',
    detail: 'the signature of its head does not hold, so somebody else wrote it or the keys were exchanged',
  });
}

async function signedHead({ keys, now }: AuditDeps, { seq, hash }: AuditRecord): Promise<AuditHead> {
  const head = { seq, hash, at: new Date(now()).toISOString(), keyId: await keys.auditKeyId() };
  return { ...head, signature: await keys.sign(headText(head)) };
}
