import { headText, isCanonical, nextRecord, type UnsignedHead } from '../../core/audit-chain.ts';
import { isRotationError, RotationError } from '../../core/errors.ts';
import type { Ledger } from '../../core/ledger.ts';
import { type AuditEntry, type AuditHead, type AuditRecord, auditHead, auditRecord } from '../../core/rotation.ts';
import type { LedgerKeys } from '../keys.ts';
import type { Sql } from './sql.ts';

/** The chain as it lies in the file, unparsed: what was tampered with may have any shape. */
export interface RawChain {
  readonly records: readonly unknown[];
  readonly head: unknown;
}

export interface AuditDeps {
  readonly sql: Sql;
  readonly keys: LedgerKeys;
  readonly now: () => number;
}

type Audit = Pick<Ledger, 'appendAudit' | 'auditRecords' | 'auditHead'> & { rawChain(): RawChain };

const FIND = `SELECT doc FROM audit
  WHERE (?1 IS NULL OR rotation = ?1) AND (?2 IS NULL OR secret = ?2) AND seq > ?3
  ORDER BY seq LIMIT ?4`;

export function sqliteAudit(deps: AuditDeps): Audit {
  const { sql } = deps;
  return {
    appendAudit: async (entry) => auditing(() => sql.transaction(() => append(deps, entry))),
    auditRecords: async ({ rotationId, secretId, afterSeq, limit }) =>
      sql.docs(auditRecord, FIND, rotationId ?? null, secretId ?? null, afterSeq ?? 0, limit ?? -1),
    auditHead: async () => readHead(sql),
    rawChain: () => ({
      records: sql.values('SELECT doc FROM audit ORDER BY seq').map(unparsed),
      head: sql.values('SELECT doc FROM audit_head').map(unparsed)[0],
    }),
  };
}

/** Without its record a transition must not go on: the caller is told so by a name of its own. */
function auditing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isRotationError(error, 'LedgerUnavailable')) throw error;
    const { subject, code } = error;
    throw new RotationError('AuditUnavailable', { subject, ...(code !== undefined && { code }) });
  }
}

function append(deps: AuditDeps, entry: AuditEntry): AuditRecord {
  const { sql } = deps;
  const [first] = sql.docs(auditRecord, 'SELECT doc FROM audit WHERE key = ?', entry.key);
  if (first !== undefined) return first;
  if (!isCanonical(entry))
    throw new RotationError('InputInvalid', { subject: `audit record ${entry.key}`, detail: 'it is no Unicode text' });
  const record = nextRecord(entry, genuineHead(deps));
  sql.run('INSERT INTO audit (seq, doc) VALUES (?, ?)', record.seq, JSON.stringify(record));
  sql.run('INSERT OR REPLACE INTO audit_head (one, doc) VALUES (1, ?)', JSON.stringify(signedHead(deps, record)));
  return record;
}

/** A head that was not signed here is not built on: the next signature would vouch for it. */
function genuineHead({ sql, keys }: AuditDeps): AuditHead | undefined {
  const head = readHead(sql);
  if (head === undefined || keys.verify(headText(head), head.signature)) return head;
  throw new RotationError('AuditUnavailable', {
    subject: 'audit chain',
    detail: 'the signature of its head does not hold, so somebody else wrote it or the keys were exchanged',
  });
}

function signedHead({ keys, now }: AuditDeps, { seq, hash }: AuditRecord): AuditHead {
  const head: UnsignedHead = { seq, hash, at: new Date(now()).toISOString(), keyId: keys.auditKeyId };
  return { ...head, signature: keys.sign(headText(head)) };
}

const readHead = (sql: Sql): AuditHead | undefined => sql.docs(auditHead, 'SELECT doc FROM audit_head')[0];

function unparsed(doc: unknown): unknown {
  try {
    return JSON.parse(String(doc));
  } catch {
    return doc;
  }
}
