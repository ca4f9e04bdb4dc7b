import { beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../lib/core/ledger.ts';
import { AT, aFleet, aRequest, aRotation, someEvidence } from '../support/ledger-records.ts';
import { type LedgerHarness, ledgerProofContract } from './ledger-proof-contract.ts';

const owner = (rotationId: string, execution = `${rotationId}/1`) => ({ rotationId, execution });

/** What every ledger does, wherever it is kept. `open` gives an empty one. */
export function ledgerContract(open: () => Promise<LedgerHarness> | LedgerHarness): void {
  let ledger: Ledger;
  let other: Ledger;
  beforeEach(async () => {
    ({ ledger, other } = await open());
  });

  describe('requests', () => {
    it('keeps the first of two under one ticket', async () => {
      expect(await ledger.saveRequest(aRequest({ reason: 'first' }))).toEqual(aRequest({ reason: 'first' }));
      expect(await other.saveRequest(aRequest({ reason: 'second' }))).toEqual(aRequest({ reason: 'first' }));
      expect(await ledger.request('ticket-0001')).toEqual(aRequest({ reason: 'first' }));
    });

    it('knows no ticket that was not saved', async () => {
      expect(await ledger.request('ticket-0002')).toBeUndefined();
    });

    it('keeps the first of two fleets under one id', async () => {
      expect(await ledger.saveFleet(aFleet({ reason: 'first' }))).toEqual(aFleet({ reason: 'first' }));
      expect(await other.saveFleet(aFleet({ reason: 'second' }))).toEqual(aFleet({ reason: 'first' }));
      expect(await other.fleet('fleet-0001')).toEqual(aFleet({ reason: 'first' }));
      expect(await ledger.fleet('fleet-0002')).toBeUndefined();
    });

    it('remembers a key once', async () => {
      expect(await ledger.remember('incident-1', AT)).toBe(true);
      expect(await other.remember('incident-1', AT)).toBe(false);
      expect(await ledger.remember('incident-2', AT)).toBe(true);
    });
  });

  describe('locks', () => {
    it('takes all keys or none', async () => {
      await ledger.acquireLocks(['b'], owner('r-1'));
      await expect(other.acquireLocks(['a', 'b', 'c'], owner('r-2'))).rejects.toThrow(/r-1/);
      await expect(other.acquireLocks(['a', 'b', 'c'], owner('r-2'))).rejects.toMatchObject({ name: 'LockHeld' });
      expect(await ledger.lockHolder('a')).toBeUndefined();
      expect(await ledger.acquireLocks(['a', 'c'], owner('r-3'))).toBe(1);
    });

    it('gives one fence for all keys, above that of each', async () => {
      for (const rotation of ['r-1', 'r-2']) {
        const fence = await ledger.acquireLocks(['a'], owner(rotation));
        await ledger.releaseLocks(rotation, fence);
      }
      expect(await ledger.acquireLocks(['a', 'b'], owner('r-3'))).toBe(3);
      expect(await ledger.lockHolder('b')).toEqual({ ...owner('r-3'), fence: 3 });
    });

    it('lets a fence only grow, also after a release', async () => {
      const first = await ledger.acquireLocks(['a'], owner('r-1'));
      await ledger.releaseLocks('r-1', first);
      expect(await ledger.acquireLocks(['a'], owner('r-2'))).toBeGreaterThan(first);
    });

    it('is re-entrant for one execution, and a later one takes over', async () => {
      const first = await ledger.acquireLocks(['a', 'b'], owner('r-1', 'e-1'));
      expect(await other.acquireLocks(['b', 'a'], owner('r-1', 'e-1'))).toBe(first);
      const second = await other.acquireLocks(['a', 'b'], owner('r-1', 'e-2'));
      expect(second).toBeGreaterThan(first);
      await expect(ledger.checkFence('r-1', first)).rejects.toMatchObject({ name: 'FenceStale' });
      await expect(ledger.releaseLocks('r-1', first)).rejects.toMatchObject({ name: 'FenceStale' });
      await ledger.checkFence('r-1', second);
      expect(await ledger.lockHolder('a')).toEqual({ ...owner('r-1', 'e-2'), fence: second });
    });

    it('keeps what a rotation holds when it asks for more', async () => {
      const first = await ledger.acquireLocks(['a'], owner('r-1'));
      const second = await ledger.acquireLocks(['b'], owner('r-1'));
      expect(second).toBeGreaterThan(first);
      await ledger.checkFence('r-1', second);
      await expect(other.acquireLocks(['a'], owner('r-2'))).rejects.toMatchObject({ name: 'LockHeld' });
    });

    it('refuses the fence of a rotation that holds nothing', async () => {
      await expect(ledger.checkFence('r-1', 1)).rejects.toMatchObject({ name: 'FenceStale' });
    });

    it('releases twice without harm, and never the locks of another', async () => {
      const fence = await ledger.acquireLocks(['a'], owner('r-1'));
      await ledger.releaseLocks('r-1', fence);
      await other.acquireLocks(['a'], owner('r-2'));
      await ledger.releaseLocks('r-1', fence);
      expect(await ledger.lockHolder('a')).toMatchObject({ rotationId: 'r-2' });
    });

    it('lets one of two at the same moment win', async () => {
      const tries = Array.from({ length: 10 }, (_, index) =>
        (index % 2 ? ledger : other).acquireLocks(['x', 'y'], owner(`r-${index}`)),
      );
      const results = await Promise.allSettled(tries);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });
  });

  describe('rotations', () => {
    it('advances a record under its fence', async () => {
      const fence = await ledger.acquireLocks(['a'], owner('r-1'));
      await ledger.saveRotation(aRotation({ fence }));
      const patch = { phase: 'installed', installedAt: AT, updatedAt: AT } as const;
      const advanced = await other.advance('r-1', fence, patch);
      expect(advanced).toEqual({ ...aRotation({ fence }), ...patch });
      expect(await ledger.rotation('r-1')).toEqual(advanced);
    });

    it('refuses to advance under a stale fence, and changes nothing', async () => {
      const old = await ledger.acquireLocks(['a'], owner('r-1', 'e-1'));
      await ledger.saveRotation(aRotation({ fence: old }));
      await ledger.acquireLocks(['a'], owner('r-1', 'e-2'));
      await expect(ledger.advance('r-1', old, { phase: 'retired', updatedAt: AT })).rejects.toMatchObject({
        name: 'FenceStale',
      });
      expect((await ledger.rotation('r-1'))?.phase).toBe('begun');
    });

    it('is renewed by a later execution, not overwritten by an earlier one', async () => {
      await ledger.saveRotation(aRotation({ fence: 2, execution: 'e-2' }));
      await expect(other.saveRotation(aRotation({ fence: 1 }))).rejects.toMatchObject({ name: 'FenceStale' });
      await other.saveRotation(aRotation({ fence: 3, execution: 'e-3' }));
      expect(await ledger.rotation('r-1')).toEqual(aRotation({ fence: 3, execution: 'e-3' }));
    });

    it('lists the newest first, by order of arrival and not by clock', async () => {
      await ledger.saveRotation(aRotation({ rotationId: 'r-1', startedAt: '2026-03-01T00:00:00.000Z' }));
      await ledger.saveRotation(aRotation({ rotationId: 'r-2', startedAt: '2026-01-01T00:00:00.000Z' }));
      await ledger.saveRotation(aRotation({ rotationId: 'r-1', fence: 2 }));
      expect((await other.rotations({})).map(({ rotationId }) => rotationId)).toEqual(['r-2', 'r-1']);
    });

    it('filters by secret, status, start and number', async () => {
      const start = (day: number) => ({ startedAt: `2026-01-0${day}T00:00:00.500Z` });
      await ledger.saveRotation(aRotation({ rotationId: 'r-1', status: 'COMMITTED', ...start(1) }));
      await ledger.saveRotation(aRotation({ rotationId: 'r-2', status: 'QUARANTINED', ...start(2) }));
      await ledger.saveRotation(aRotation({ rotationId: 'r-3', secretId: 'production/database/other', ...start(3) }));
      const ids = async (filter: Parameters<Ledger['rotations']>[0]) =>
        (await ledger.rotations(filter)).map(({ rotationId }) => rotationId);
      expect(await ids({ secretId: 'production/database/other' })).toEqual(['r-3']);
      expect(await ids({ status: ['COMMITTED', 'QUARANTINED'] })).toEqual(['r-2', 'r-1']);
      expect(await ids({ status: [] })).toEqual([]);
      expect(await ids({ since: '2026-01-02T00:00:00.500Z' })).toEqual(['r-3', 'r-2']);
      expect(await ids({ since: '2026-01-02T00:00:01Z' })).toEqual(['r-3']);
      expect(await ids({ limit: 1 })).toEqual(['r-3']);
    });

    it('knows no rotation that was not saved', async () => {
      expect(await ledger.rotation('r-9')).toBeUndefined();
    });

    it('keeps evidence in order', async () => {
      const items = [someEvidence({ verdict: 'rejected' }), someEvidence({ at: '2025-01-01T00:00:00.000Z' })];
      for (const item of items) await ledger.addEvidence(item);
      await ledger.addEvidence(someEvidence({ rotationId: 'r-2' }));
      expect(await other.evidence('r-1')).toEqual(items);
    });
  });

  ledgerProofContract(() => ({ ledger, other }));
}
