import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDynamoLedger } from '../../lib/aws/dynamo-ledger.ts';
import { kmsKeys } from '../../lib/aws/kms-keys.ts';
import { ledgerContract } from '../contract/ledger-contract.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { type KmsServer, startKms } from '../support/kms-server.ts';
import { anEntry } from '../support/ledger-records.ts';
import { missing } from '../support/peers.ts';

const absent = missing('dynamodb');

describe.skipIf(absent !== undefined)(
  `the ledger on DynamoDB Local${absent === undefined ? '' : `: ${absent}`}`,
  () => {
    let dynamo: DynamoDbLocal;
    let kms: KmsServer;
    let tables = 0;
    beforeAll(async () => {
      [dynamo, kms] = await Promise.all([startDynamoDbLocal(), startKms()]);
    });
    afterAll(() => Promise.all([dynamo.stop(), kms.close()]));

    const open = (tableName: string) =>
      openDynamoLedger({
        client: dynamo.client,
        tableName,
        keys: kmsKeys(kms.client, { audit: 'audit', fingerprint: 'fingerprint', token: 'token' }),
        now: Date.now,
      });
    const emptyTable = async () => {
      tables += 1;
      await dynamo.createTable(`ledger-${tables}`);
      return `ledger-${tables}`;
    };

    ledgerContract(async () => {
      const table = await emptyTable();
      return { ledger: open(table), other: open(table) };
    });

    it('names a table that does not answer, and for the audit chain that nothing further may be done', async () => {
      const ledger = open('no-such-table');
      await expect(ledger.rotation('r-1')).rejects.toMatchObject({
        name: 'LedgerUnavailable',
        code: 'ResourceNotFoundException',
      });
      await expect(ledger.appendAudit(anEntry('one'))).rejects.toMatchObject({ name: 'AuditUnavailable' });
    });
  },
);
