import { beforeEach, describe, expect, it } from 'vitest';
import { GENESIS, hashOf } from '../../lib/core/audit-chain.ts';
import type { Ledger } from '../../lib/core/ledger.ts';
import { anApproval, anEntry } from '../support/ledger-records.ts';

/** What a host gives to the suite. */
export interface LedgerHarness {
  /** A second view of the same store, as another process has it. */
  readonly other: Ledger;
  readonly ledger: Ledger;
}

/** The part of the ledger's contract that proves who allowed what and what was done: approvals, audit, keys. */
export function ledgerProofContract(opened: () => LedgerHarness): void {
  let ledger: Ledger;
  let other: Ledger;
  beforeEach(() => {
    ({ ledger, other } = opened());
  });

  describe('approvals', () => {
    it('leaves the first of one id, but takes the newer token', async () => {
      await ledger.openApproval(anApproval());
      const again = await other.openApproval(anApproval({ digest: 'other', sealedToken: 'sealed-2' }));
      expect(again).toEqual(anApproval({ sealedToken: 'sealed-2', revision: again.revision }));
      expect(await ledger.approval('a-1')).toEqual(again);
    });

    it('replaces a record at its expected revision only', async () => {
      const first = await ledger.openApproval(anApproval());
      const saved = await ledger.saveApproval({ ...first, status: 'granted' }, first.revision);
      expect(saved).toEqual({ ...first, status: 'granted', revision: first.revision + 1 });
      const late = other.saveApproval({ ...first, status: 'rejected' }, first.revision);
      await expect(late).rejects.toMatchObject({ name: 'Conflict' });
      expect(await other.approval('a-1')).toEqual(saved);
    });

    it('does not let a vote bring an older token back', async () => {
      const read = await ledger.openApproval(anApproval());
      await other.openApproval(anApproval({ sealedToken: 'sealed-2' }));
      await expect(ledger.saveApproval(read, read.revision)).rejects.toMatchObject({ name: 'Conflict' });
    });

    it('lets one of two votes at the same moment win', async () => {
      const read = await ledger.openApproval(anApproval());
      const results = await Promise.allSettled([ledger, other].map((view) => view.saveApproval(read, read.revision)));
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    it('refuses to replace what is not there', async () => {
      await expect(ledger.saveApproval(anApproval(), 0)).rejects.toMatchObject({ name: 'Conflict' });
    });

    it('filters by rotation and status', async () => {
      await ledger.openApproval(anApproval({ id: 'a-1' }));
      await ledger.openApproval(anApproval({ id: 'a-2', status: 'expired' }));
      await ledger.openApproval(anApproval({ id: 'a-3', rotationId: 'r-2' }));
      const ids = async (filter: Parameters<Ledger['approvals']>[0]) =>
        (await other.approvals(filter)).map(({ id }) => id);
      expect(await ids({})).toEqual(['a-1', 'a-2', 'a-3']);
      expect(await ids({ rotationId: 'r-1', status: ['open'] })).toEqual(['a-1']);
      expect(await ids({ rotationId: 'r-2' })).toEqual(['a-3']);
    });
  });

  describe('audit', () => {
    it('chains its records from the first on, and signs the end', async () => {
      const first = await ledger.appendAudit(anEntry('one'));
      const second = await other.appendAudit(anEntry('two'));
      expect(first).toMatchObject({ ...anEntry('one'), seq: 1, prevHash: GENESIS });
      expect(second).toMatchObject({ seq: 2, prevHash: first.hash });
      const { hash, ...content } = second;
      expect(hash).toBe(hashOf(content));
      expect(await ledger.auditHead()).toMatchObject({ seq: 2, hash });
    });

    it('writes one record for one transition', async () => {
      const first = await ledger.appendAudit(anEntry('one'));
      expect(await other.appendAudit(anEntry('one', { outcome: 'said again' }))).toEqual(first);
      expect(await ledger.auditRecords({})).toEqual([first]);
    });

    it('loses none of many at the same moment', async () => {
      const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);
      await Promise.all(keys.map((key, index) => (index % 2 ? ledger : other).appendAudit(anEntry(key))));
      const records = await ledger.auditRecords({});
      expect(records.map(({ seq }) => seq)).toEqual(keys.map((_, index) => index + 1));
      expect(records.map(({ key }) => key).sort()).toEqual([...keys].sort());
    });

    it('has no head before its first record', async () => {
      expect(await ledger.auditHead()).toBeUndefined();
    });

    it('filters by rotation, secret, place and number', async () => {
      await ledger.appendAudit(anEntry('one'));
      await ledger.appendAudit(anEntry('two', { rotationId: 'r-2' }));
      await ledger.appendAudit(anEntry('three', { secretId: 'production/database/other' }));
      const keys = async (filter: Parameters<Ledger['auditRecords']>[0]) =>
        (await ledger.auditRecords(filter)).map(({ key }) => key);
      expect(await keys({ rotationId: 'r-2' })).toEqual(['two']);
      expect(await keys({ secretId: 'production/database/other' })).toEqual(['three']);
      expect(await keys({ afterSeq: 1 })).toEqual(['two', 'three']);
      expect(await keys({ afterSeq: 1, limit: 1 })).toEqual(['two']);
    });

    it('refuses text that has no canonical form', async () => {
      await expect(ledger.appendAudit(anEntry('one', { actor: '\ud800' }))).rejects.toMatchObject({
        name: 'InputInvalid',
      });
      expect(await ledger.auditRecords({})).toEqual([]);
    });
  });

  describe('keys', () => {
    it('fingerprints alike what is alike, and nothing else', async () => {
      const fingerprint = await ledger.fingerprint('value');
      expect(await ledger.isFingerprint('value', fingerprint)).toBe(true);
      expect(await ledger.isFingerprint('another', fingerprint)).toBe(false);
      expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
      expect(await other.fingerprint('value')).toBe(fingerprint);
      expect(await ledger.fingerprint('other')).not.toBe(fingerprint);
    });

    it('seals a token so that only the ledger reads it', async () => {
      const sealed = await ledger.seal('task-token');
      expect(sealed).not.toContain('task-token');
      expect(await ledger.seal('task-token')).not.toBe(sealed);
      expect(await other.unseal(sealed)).toBe('task-token');
    });

    it.each(['', 'AAAA', 'no base64 at all', 'A'.repeat(80)])('refuses to unseal %j', async (junk) => {
      await expect(ledger.unseal(junk)).rejects.toMatchObject({ name: 'ValueCorrupt' });
    });
  });
}
