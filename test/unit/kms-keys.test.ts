import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kmsKeys } from '../../lib/aws/kms-keys.ts';
import type { LedgerKeys } from '../../lib/aws/ledger-keys.ts';
import { type KmsServer, startKms } from '../support/kms-server.ts';

const IDS = { audit: 'arn:audit', fingerprint: 'arn:fingerprint', token: 'arn:token' };

describe('the keys of the ledger in KMS', () => {
  let kms: KmsServer;
  let keys: LedgerKeys;
  beforeAll(async () => {
    kms = await startKms();
    keys = kmsKeys(kms.client, IDS);
  });
  afterAll(() => kms.close());

  it('seal a token for its purpose, so that no other key or purpose opens it', async () => {
    const sealed = await keys.seal('task-token');
    expect(sealed).not.toContain('task-token');
    expect(await keys.unseal(sealed)).toBe('task-token');
    const others = kmsKeys(kms.client, { ...IDS, token: 'arn:other' });
    await expect(others.unseal(sealed)).rejects.toMatchObject({ name: 'ValueCorrupt' });
  });

  it.each(['', 'AAAA', 'no base64 at all'])('refuse to unseal %j', async (junk) => {
    await expect(keys.unseal(junk)).rejects.toMatchObject({ name: 'ValueCorrupt' });
  });

  it('sign in KMS, and verify here with a public key that is fetched once', async () => {
    const signature = await keys.sign('head');
    expect(await keys.verify('head', signature)).toBe(true);
    expect(await keys.verify('other', signature)).toBe(false);
    expect(await keys.verify('head', '')).toBe(false);
    expect(await keys.auditKeyId()).toMatch(/^[0-9a-f]{16}$/);
    expect(kms.operations.filter((operation) => operation === 'GetPublicKey')).toHaveLength(1);
  });

  it('fingerprint alike what is alike', async () => {
    expect(await keys.fingerprint('value')).toMatch(/^[0-9a-f]{64}$/);
    expect(await keys.fingerprint('value')).toBe(await keys.fingerprint('value'));
    expect(await keys.fingerprint('other')).not.toBe(await keys.fingerprint('value'));
  });

  it('name the key and the kind of failure, and repeat nothing that KMS said', async () => {
    kms.fail('AccessDeniedException');
    const failure = keys.seal('task-token');
    await expect(failure).rejects.toMatchObject({ name: 'LedgerUnavailable', code: 'AccessDeniedException' });
    await expect(failure).rejects.toThrow(/key arn:token/);
  });

  it('ask for the public key again after they could not have it', async () => {
    const later = await startKms();
    const fresh = kmsKeys(later.client, IDS);
    later.fail('KMSInternalException');
    await expect(fresh.auditKeyId()).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    await expect(fresh.auditKeyId()).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    expect(later.operations).toHaveLength(2);
    await later.close();
  });
});
