import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drive, PEOPLE, rotate } from '../faults/harness/run.ts';
import { ORDERS } from '../faults/harness/scene.ts';
import { callsOf, versionsInUse } from '../faults/harness/sights.ts';
import { Site, type SiteOptions } from '../faults/harness/site.ts';

describe('the overlap flow', () => {
  let site: Site;
  const open = (options: SiteOptions = {}) => {
    site = new Site(options);
    return site;
  };
  const end = async (people = PEOPLE) => {
    const { rotationId } = await rotate(site, ORDERS);
    await drive(site, people);
    return site.book.records.get(rotationId);
  };
  afterEach(() => site.close());

  describe('without an accident', () => {
    beforeEach(() => open());

    it('brings store, target and every consumer to one new version, and has the old one refused', async () => {
      const record = await end();
      const { current, previous, pending } = site.world.store.shelf('database/orders');
      expect(record).toMatchObject({ status: 'COMMITTED', phase: 'closed', attempt: 1, version: current?.version });
      expect(pending).toEqual([]);
      expect(versionsInUse(site)).toEqual([current?.version, current?.version]);
      expect(site.world.target.accepts({ username: 'orders_b', password: current?.fields.password ?? '' })).toBe(true);
      expect(site.world.target.accepts({ username: 'orders_a', password: previous?.fields.password ?? '' })).toBe(
        false,
      );
    });

    it('goes in the order of the protocol, the canary before the others', async () => {
      await end();
      const changes = site.world.effects.filter(
        ({ place, changes: does }) => does && place !== 'ledger' && place !== 'audit',
      );
      expect(
        changes.map(({ action, subject }) =>
          action === 'put' || action === 'restart' ? `${action} ${subject}` : action,
        ),
      ).toEqual([
        'send', // it waits for approval
        'send', // it starts
        'stage',
        'install',
        'promote',
        'put api',
        'put worker',
        'restart api',
        'restart worker',
        'retire',
        'send', // it is done
      ]);
    });

    it('records each transition once, and what it is about to do before it does it', async () => {
      await end();
      const steps = site.book.audits.map(({ step, outcome }) => `${step} ${outcome}`);
      expect(new Set(steps).size).toBe(steps.length);
      for (const step of ['install', 'store', 'propagate:api:next']) {
        const [intended, done] = steps.filter((line) => line.startsWith(`${step} `));
        expect([intended, done]).toEqual([`${step} intended`, expect.not.stringContaining('intended')]);
      }
    });

    it('tells the pager what happened, and the secret nowhere', async () => {
      await end();
      expect(site.world.notices.map(({ occasion }) => occasion)).toEqual(['approval', 'started', 'committed']);
    });
  });

  it.each([
    [undefined, 3],
    [1, 1],
  ])('with a budget of %s parallel restarts, %i of a wave restart at once', async (budget, atOnce) => {
    const consumers = ['api', 'b', 'c', 'd'];
    open({ consumers, ...(budget !== undefined && { maxParallelRestarts: budget }) });
    expect(await end()).toMatchObject({ status: 'COMMITTED' });
    let waiting = 0;
    const atATime = callsOf(site).map((state) => {
      waiting += state === 'Restart' ? 1 : state === 'VerifyConsumer' ? -1 : 0;
      return waiting;
    });
    expect(Math.max(...atATime)).toBe(atOnce);
  });

  it('starts nothing for a self-service class that it has to ask for', async () => {
    open({ classification: 'LOW' });
    expect(await end()).toMatchObject({ status: 'COMMITTED' });
    expect(site.book.approvals.size).toBe(0);
  });

  describe('a value that the target refuses', () => {
    it('is made once more, under the id of the second generation', async () => {
      open().world.target.refusals = 1;
      expect(await end()).toMatchObject({ status: 'COMMITTED', generation: 2 });
      expect(site.world.store.staged).toHaveLength(2);
      expect(site.world.store.shelf('database/orders').pending).toEqual([]);
    });

    it('is not made a third time', async () => {
      open().world.target.refusals = 2;
      expect(await end()).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'ValueRefused' } });
      expect(site.world.store.staged).toHaveLength(2);
    });
  });

  describe('a consumer that was registered meanwhile', () => {
    const consumers = ['api', 'worker', 'reports'];

    it('is brought over before the old credential is retired', async () => {
      open({ laterConsumers: consumers });
      const record = await end();
      expect(record).toMatchObject({ status: 'COMMITTED', consumers: ['api', 'worker'] });
      expect(versionsInUse(site)).toEqual(consumers.map(() => record?.version));
    });

    it('takes every consumer back with it when it does not come along', async () => {
      open({ laterConsumers: consumers }).world.consumer('reports').ailment = 'ignores the reload';
      const record = await end();
      expect(record).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'ConsumerRejected' } });
      expect(versionsInUse(site)).toEqual(consumers.map(() => record?.previous));
    });
  });

  describe('a waived verification', () => {
    const waived = (expires: string) => ({
      consumers: [
        { name: 'api', propagate: { use: 'copy', of: 'api' }, restart: { use: 'rollout' }, verify: [{ use: 'asked' }] },
        {
          name: 'worker',
          propagate: { use: 'copy', of: 'worker' },
          restart: { use: 'rollout' },
          verify: { waived: { reason: 'it has no door to ask at', owner: 'team-orders', expires } },
        },
      ],
    });

    it('counts until its day', async () => {
      open({ entry: waived('2026-01-05') });
      expect(await end()).toMatchObject({ status: 'COMMITTED' });
      expect(site.book.evidence).toContainEqual(
        expect.objectContaining({ subject: 'consumer:worker', verdict: 'waived' }),
      );
    });

    it('lets nothing begin after it', async () => {
      open({ entry: waived('2026-01-04') });
      expect(await end()).toBeUndefined();
      expect(site.process.engine.list().map(({ error }) => error)).toEqual(['PolicyRefused']);
      expect(site.world.store.staged).toEqual([]);
    });

    it('keeps the old credential when it expires under way', async () => {
      open({ entry: waived('2026-01-05') });
      const { rotationId } = await rotate(site, ORDERS);
      await site.world.clock.runUntilIdle(() => site.book.approvals.size > 0);
      await site.world.clock.advance(20 * 3_600_000);
      await drive(site);
      const record = site.book.records.get(rotationId);
      expect(record).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'ConsumerUnproven' } });
      expect(versionsInUse(site)).toEqual([record?.previous, record?.previous]);
    });
  });
});
