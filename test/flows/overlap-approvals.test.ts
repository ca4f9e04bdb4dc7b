import { afterEach, describe, expect, it } from 'vitest';
import { deliver, drive, PEOPLE, type People, rotate, vote } from '../faults/harness/run.ts';
import { ORDERS } from '../faults/harness/scene.ts';
import { callsOf, versionsInUse } from '../faults/harness/sights.ts';
import { Site, type SiteOptions } from '../faults/harness/site.ts';

const HOUR = 3_600_000;

describe('people in the overlap flow', () => {
  let site: Site;
  afterEach(() => site.close());

  /** Runs until somebody is asked. */
  const ask = async (options: SiteOptions = {}) => {
    site = new Site(options);
    const { rotationId } = await rotate(site, ORDERS);
    await site.world.clock.runUntilIdle(() =>
      site.process.engine.list().some(({ parked }) => parked[0] === 'AskApproval'),
    );
    const id = [...site.book.approvals.keys()].at(-1) ?? '';
    return { id, rotationId, record: () => site.book.records.get(rotationId) };
  };

  describe('a plan', () => {
    it('of a critical secret waits for three distinct people, none of them the requester', async () => {
      const { id, record } = await ask({ classification: 'CRITICAL' });
      expect(record()).toMatchObject({ status: 'WAITING', phase: 'begun' });
      await vote(site, id, 'cleo', 'approve');
      await expect(vote(site, id, 'ada', 'approve')).rejects.toThrow(/nobody approves their own request/);
      await expect(vote(site, id, 'cleo', 'approve')).rejects.toThrow(/this person has voted/);
      await expect(vote(site, id, 'mallory', 'approve')).rejects.toThrow(/holds none of the roles/);
      await expect(vote(site, id, 'abe', 'approve', '0'.repeat(64))).rejects.toThrow(/digest is of another plan/);
      await vote(site, id, 'abe', 'approve');
      await deliver(site, id);
      await site.world.clock.settle();
      expect(callsOf(site).at(-1)).toBe('AskApproval');
      await vote(site, id, 'bea', 'approve');
      await drive(site);
      expect(record()).toMatchObject({ status: 'COMMITTED' });
      expect(site.book.approvals.get(id)).toMatchObject({ status: 'consumed' });
    });

    it('that nobody decides in time is withdrawn, and a late vote refused', async () => {
      const { id, record } = await ask();
      await site.world.clock.advance(25 * HOUR);
      await expect(vote(site, id, 'sam', 'approve')).rejects.toMatchObject({ name: 'ApprovalExpired' });
      await drive(site);
      expect(record()).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'States.Timeout' } });
      expect(site.world.store.staged).toEqual([]);
    });

    it('that is rejected is withdrawn', async () => {
      const { id, record } = await ask();
      await vote(site, id, 'sam', 'reject');
      await drive(site);
      expect(record()).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'ApprovalRejected' } });
    });

    it('that is no longer the approved one is withdrawn', async () => {
      const { id, record } = await ask();
      for (const person of PEOPLE.approvers) await vote(site, id, person, 'approve');
      site.reconfigure({ grace: '99s' });
      await drive(site);
      expect(record()).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'PlanChanged' } });
      expect(site.world.store.staged).toEqual([]);
    });

    it('is asked for again where a quarantine is sent forward before it was approved', async () => {
      const { id, record } = await ask();
      for (const person of PEOPLE.approvers) await vote(site, id, person, 'approve');
      site.world.meddler = {
        beforeCall: ({ key }) => {
          if (/\/(ConfirmApproval|Withdraw)#1$/.test(key))
            throw Object.assign(new Error('no'), { name: 'AccessDenied' });
        },
      };
      await drive(site);
      expect(callsOf(site).filter((state) => state.startsWith('Ask'))).toEqual([
        'AskApproval',
        'AskPerson',
        'AskApproval',
      ]);
      expect(record()).toMatchObject({ status: 'COMMITTED' });
    });
  });

  describe('an old credential that is still in use at the deadline', () => {
    /** One old session never ends: somebody still uses the old login. */
    const busy = async (people: Partial<People>) => {
      site = new Site({ entry: { quietDeadline: '60s' } });
      site.world.consumer('api').clings = true;
      const { rotationId } = await rotate(site, ORDERS);
      await drive(site, { ...PEOPLE, ...people });
      return site.book.records.get(rotationId);
    };

    it('parks the run before the pivot, and is waited for when a person says so', async () => {
      let asked = 0;
      const record = await busy({
        quiet: () => {
          asked += 1;
          if (asked === 2) site.world.consumer('api').clings = false;
          return 'wait';
        },
      });
      expect(asked).toBe(2);
      expect(record).toMatchObject({ status: 'COMMITTED' });
      expect(record?.quietWaivedBy).toBeUndefined();
    });

    it('is retired all the same when a person waives the rule', async () => {
      const record = await busy({ quiet: () => 'forward' });
      expect(record).toMatchObject({ status: 'COMMITTED', quietWaivedBy: 'sam' });
    });

    it('stays, for everybody, when a person says back', async () => {
      const record = await busy({ quiet: () => 'back' });
      expect(record).toMatchObject({ status: 'ROLLED_BACK' });
      expect(versionsInUse(site)).toEqual([record?.previous, record?.previous]);
      expect(callsOf(site)).not.toContain('Retire');
    });
  });

  it('asks again when the question of a quarantine is turned down', async () => {
    site = new Site();
    Object.assign(site.world.consumer('worker'), { ailment: 'cannot be asked', alsoOnOld: true });
    const { rotationId } = await rotate(site, ORDERS);
    let asked = 0;
    await drive(site, {
      ...PEOPLE,
      quarantine: () => {
        asked += 1;
        if (asked === 1) return 'reject';
        site.world.consumer('worker').ailment = undefined;
        return 'forward';
      },
    });
    expect(asked).toBe(2);
    expect(site.book.records.get(rotationId)).toMatchObject({ status: 'COMMITTED' });
  });
});
