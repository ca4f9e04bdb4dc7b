import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Ledger } from '../core/ledger.ts';
import { dynamoApprovals } from './dynamo-approvals.ts';
import { dynamoAudit } from './dynamo-audit.ts';
import { dynamoLocks } from './dynamo-locks.ts';
import { dynamoRequests } from './dynamo-requests.ts';
import { dynamoRotations } from './dynamo-rotations.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { ledgerTable } from './ledger-table.ts';

export interface DynamoLedgerOptions {
  readonly client: DynamoDBClient;
  /** A table with the string keys `pk` and `sk`, and `expires` for its time to live. */
  readonly tableName: string;
  readonly keys: LedgerKeys;
  /** Epoch ms. Nothing is ordered by it. */
  readonly now: () => number;
}

/** The ledger of an environment on AWS: one table, in which every change is a transaction under conditions. */
export function openDynamoLedger({ client, tableName, keys, now }: DynamoLedgerOptions): Ledger {
  const table = ledgerTable(client, tableName);
  const locks = dynamoLocks(table);
  return {
    ...dynamoRequests(table),
    ...locks,
    ...dynamoRotations(table, locks.checkFence),
    ...dynamoApprovals(table),
    ...dynamoAudit({ table, keys, now }),
    fingerprint: keys.fingerprint,
    isFingerprint: async (value, fingerprint) => (await keys.fingerprint(value)) === fingerprint,
    seal: keys.seal,
    unseal: keys.unseal,
  };
}
