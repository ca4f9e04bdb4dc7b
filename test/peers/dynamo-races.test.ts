import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDynamoLedger } from '../../lib/aws/dynamo-ledger.ts';
import { kmsKeys } from '../../lib/aws/kms-keys.ts';
import type { Ledger } from '../../lib/core/ledger.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { type KmsServer, startKms } from '../support/kms-server.ts';
import { AT, anEntry, aRotation } from '../support/ledger-records.ts';
import { missing } from '../support/peers.ts';

const absent = missing('dynamodb');

describe.skipIf(absent !== undefined)(`another writer in between${absent === undefined ? '' : `: ${absent}`}`, () => {
  let dynamo: DynamoDbLocal;
  let kms: KmsServer;
  let ledger: Ledger;
  beforeAll(async () => {
    [dynamo, kms] = await Promise.all([startDynamoDbLocal(), startKms()]);
    await dynamo.createTable('races');
    ledger = open();
  });
  afterAll(() => Promise.all([dynamo.stop(), kms.close()]));

  /** With `meanwhile`, that happens after the ledger has read and before it writes, once. */
  const open = (meanwhile?: () => Promise<unknown>) => {
    const client = dynamo.another();
    let pending = meanwhile;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const now = commandName === 'TransactWriteItemsCommand' ? pending : undefined;
          if (now !== undefined) pending = undefined;
          await now?.();
          return next(args);
        },
      { step: 'initialize', name: 'meanwhile' },
    );
    const keys = kmsKeys(kms.client, { audit: 'audit', fingerprint: 'fingerprint', token: 'token' });
    return openDynamoLedger({ client, tableName: 'races', keys, now: Date.now });
  };

  it('takes no lock that another rotation has just taken', async () => {
    const late = open(() => ledger.acquireLocks(['a'], { rotationId: 'r-1', execution: 'e-1' }));
    await expect(late.acquireLocks(['a', 'b'], { rotationId: 'r-2', execution: 'e-2' })).rejects.toMatchObject({
      name: 'LockHeld',
    });
    expect(await ledger.lockHolder('b')).toBeUndefined();
  });

  it('does not advance a record whose locks a later execution has just taken over', async () => {
    const owner = { rotationId: 'r-3', execution: 'e-1' };
    const fence = await ledger.acquireLocks(['c'], owner);
    await ledger.saveRotation(aRotation({ rotationId: 'r-3', fence }));
    const late = open(() => ledger.acquireLocks(['c'], { ...owner, execution: 'e-2' }));
    const advance = late.advance('r-3', fence, { phase: 'retiring', updatedAt: AT });
    await expect(advance).rejects.toMatchObject({ name: 'FenceStale' });
    expect((await ledger.rotation('r-3'))?.phase).toBe('begun');
  });

  it('loses no change of a record that was made meanwhile', async () => {
    const fence = await ledger.acquireLocks(['d'], { rotationId: 'r-4', execution: 'e-1' });
    await ledger.saveRotation(aRotation({ rotationId: 'r-4', fence }));
    const late = open(() => ledger.advance('r-4', fence, { installedAt: AT, updatedAt: AT }));
    await late.advance('r-4', fence, { phase: 'installed', updatedAt: AT });
    expect(await ledger.rotation('r-4')).toMatchObject({ phase: 'installed', installedAt: AT });
  });

  it('releases nothing under a fence that was overtaken', async () => {
    const owner = { rotationId: 'r-5', execution: 'e-1' };
    const fence = await ledger.acquireLocks(['e'], owner);
    const late = open(() => ledger.acquireLocks(['e'], { ...owner, execution: 'e-2' }));
    await expect(late.releaseLocks('r-5', fence)).rejects.toMatchObject({ name: 'FenceStale' });
    expect(await ledger.lockHolder('e')).toMatchObject({ execution: 'e-2' });
  });

  it('appends to the end of the audit chain as it is then', async () => {
    const late = open(() => ledger.appendAudit(anEntry('first')));
    const second = await late.appendAudit(anEntry('second'));
    const [first] = await ledger.auditRecords({});
    expect(first?.key).toBe('first');
    expect(second).toMatchObject({ seq: 2, prevHash: first?.hash });
  });

  it('does not build on a head that was signed elsewhere', async () => {
    const foreign = await startKms();
    const keys = kmsKeys(foreign.client, { audit: 'audit', fingerprint: 'fingerprint', token: 'token' });
    const stranger = openDynamoLedger({ client: dynamo.client, tableName: 'races', keys, now: Date.now });
    await expect(stranger.appendAudit(anEntry('third'))).rejects.toMatchObject({ name: 'AuditUnavailable' });
    await foreign.close();
  });
});
