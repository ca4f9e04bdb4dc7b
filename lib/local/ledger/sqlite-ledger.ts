import type { Ledger } from '../../core/ledger.ts';
import type { LedgerKeys } from '../keys.ts';
import { sqliteApprovals } from './approvals.ts';
import { type RawChain, sqliteAudit } from './audit.ts';
import { sqliteLocks } from './locks.ts';
import { sqliteRequests } from './requests.ts';
import { sqliteRotations } from './rotations.ts';
import { openSql } from './sql.ts';

export interface SqliteLedgerOptions {
  /** Absolute. Made, with mode 0600, when it does not exist. */
  readonly file: string;
  readonly keys: LedgerKeys;
  /** Epoch ms. Nothing is ordered by it: a clock that is set back breaks neither chain nor locks. */
  readonly now: () => number;
}

export interface SqliteLedger extends Ledger {
  /** The audit chain as it lies in the file, for `verifyChain`. */
  rawChain(): RawChain;
  close(): void;
}

/**
 * The ledger of this machine: one SQLite file, which several processes may have open. Each call is durable when it returns.
 *
 * @throws LedgerUnavailable when the file cannot be opened, or a newer Keyturn wrote it
 */
export function openSqliteLedger({ file, keys, now }: SqliteLedgerOptions): SqliteLedger {
  const sql = openSql(file);
  return {
    ...sqliteRequests(sql),
    ...sqliteLocks(sql),
    ...sqliteRotations(sql),
    ...sqliteApprovals(sql),
    ...sqliteAudit({ sql, keys, now }),
    fingerprint: async (value) => keys.fingerprint(value),
    isFingerprint: async (value, fingerprint) => keys.isFingerprint(value, fingerprint),
    seal: async (token) => keys.seal(token),
    unseal: async (sealed) => keys.unseal(sealed),
    close: sql.close,
  };
}
