import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runOf } from '../../lib/local/ended.ts';
import { makeHandler } from '../../lib/runtime/handler.ts';
import { drive, PEOPLE, rotate } from '../faults/harness/run.ts';
import { ORDERS } from '../faults/harness/scene.ts';
import { versionsInUse } from '../faults/harness/sights.ts';
import { Site, type SiteOptions } from '../faults/harness/site.ts';

describe('the keyring flow', () => {
  let site: Site;
  const open = (options: SiteOptions = {}) => {
    site = new Site({ kind: 'ring', ...options });
    return site;
  };
  const end = async (people = PEOPLE) => {
    const { rotationId } = await rotate(site, ORDERS);
    await drive(site, people);
    return site.book.records.get(rotationId);
  };
  afterEach(() => site.close());

  const shelf = () => site.world.store.shelf('database/orders');
  const published = () => [...site.world.ring.published.keys()].filter((kid) => kid.startsWith('orders-'));
  const statesInUse = () =>
    [...site.world.consumers.values()]
      .filter(({ secretId }) => secretId === ORDERS)
      .map(({ running }) => JSON.parse(running.fields.keyring ?? '').keys.map(({ state }: { state: string }) => state));
  const takes = (wellOn: number) =>
    Object.assign(open().world.consumer('worker'), { ailment: 'ignores the reload', wellOn });

  describe('without an accident', () => {
    beforeEach(() => open());

    it('brings three versions to every consumer, and leaves one key in store, target and data', async () => {
      const record = await end();
      const kid = shelf().current?.fields.kid ?? '';
      expect(record).toMatchObject({ status: 'COMMITTED', stage: 'prune', version: shelf().current?.version });
      expect(versionsInUse(site)).toEqual([record?.version, record?.version]);
      expect(statesInUse()).toEqual([
        ['destroyed', 'active'],
        ['destroyed', 'active'],
      ]);
      expect(published()).toEqual([kid]);
      const own = site.world.ring.references().filter((reference) => reference.startsWith('orders-'));
      expect(new Set(own)).toEqual(new Set([kid]));
      expect(site.world.store.staged.filter(({ path }) => path === 'database/orders')).toHaveLength(3);
      expect(shelf().pending).toEqual([]);
    });

    it('goes in the order of its stages, and retires once nothing needs the old key', async () => {
      await end();
      const changes = site.world.effects.filter(
        ({ place, changes: does }) => does && !['ledger', 'audit', 'pager'].includes(place),
      );
      const stage = ['stage', 'install', 'promote', 'put', 'put', 'restart', 'restart'];
      expect(changes.map(({ action }) => action)).toEqual([...stage, ...stage, 'rewrap', 'rewrap', 'retire', ...stage]);
    });

    it('has a proof of every consumer in each stage, and one of the old key', async () => {
      await end();
      const { evidence } = site.book;
      const proofs = (subject: string) =>
        new Set(evidence.filter((it) => it.subject === subject).map((it) => it.version));
      expect([proofs('consumer:api').size, proofs('consumer:worker').size]).toEqual([3, 3]);
      expect(evidence.filter(({ subject }) => subject === 'refused')).toHaveLength(1);
    });
  });

  it('goes all the way back from a published key, which is refused then', async () => {
    takes(1);
    const record = await end();
    expect(record).toMatchObject({ status: 'ROLLED_BACK', stage: 'publish', failure: { error: 'ConsumerRejected' } });
    expect(published()).toEqual(['orders-first']);
    expect(versionsInUse(site)).toEqual([record?.previous, record?.previous]);
    expect(site.book.evidence.findLast(({ subject }) => subject === 'removed')?.why).toContain('is refused');
  });

  it('goes back from a key in use to the published ring, in which it stays good; the next run clears it up', async () => {
    const worker = takes(2);
    const record = await end();
    expect(record).toMatchObject({ status: 'ROLLED_BACK', stage: 'switch' });
    expect(versionsInUse(site)).toEqual([record?.previous, record?.previous]);
    expect(statesInUse()[0]).toEqual(['active', 'pre-activation']);
    expect(published()).toHaveLength(2);
    expect(site.book.evidence.findLast(({ subject }) => subject === 'removed')?.why).toContain('in use again');
    Object.assign(worker, { ailment: undefined });
    await site.world.clock.advance(3_600_000);
    expect(await end()).toMatchObject({ status: 'COMMITTED' });
    expect(statesInUse()[0]).toEqual(['destroyed', 'destroyed', 'active']);
    expect(published()).toEqual([shelf().current?.fields.kid]);
  });

  it('asks a person once the old key is retired, and only goes forward', async () => {
    const worker = takes(3);
    const asked: string[] = [];
    const record = await end({
      ...PEOPLE,
      quarantine: ({ book }) => {
        asked.push(...[...book.records.values()].map(({ stage, status }) => `${status} in ${stage}`));
        Object.assign(worker, { ailment: undefined });
        return 'back';
      },
    });
    expect(asked[0]).toBe('QUARANTINED in prune');
    expect(record).toMatchObject({ status: 'COMMITTED', stage: 'prune' });
    expect(published()).toEqual([shelf().current?.fields.kid]);
  });

  it('makes a key that its target refuses once more, under ids of the second generation', async () => {
    open().world.target.refusals = 1;
    expect(await end()).toMatchObject({ status: 'COMMITTED', generation: 2 });
    expect(published()).toEqual([shelf().current?.fields.kid]);
  });

  it('brings over a consumer that was registered meanwhile, before the old key is retired', async () => {
    const consumers = ['api', 'worker', 'reports'];
    open({ laterConsumers: consumers });
    const record = await end();
    expect(record).toMatchObject({ status: 'COMMITTED' });
    expect(versionsInUse(site)).toEqual(consumers.map(() => record?.version));
  });

  describe('does not depend on its flow for its order', () => {
    /** What a step says when it is called out of its turn, after a call of the flow. */
    const outOfTurn = async (after: string, name: string, more: object) => {
      const said: unknown[] = [];
      open().world.meddler = {
        afterCall: async (call) => {
          if (!call.key.endsWith(`/${after}#1`)) return;
          site.world.meddler = {};
          const step = site.steps.find((candidate) => candidate.name === name);
          const [record] = site.book.records.values();
          if (step === undefined || record === undefined) throw new Error(`nothing to call after ${after}`);
          const handle = makeHandler(step, site.services(call, { succeed: async () => undefined }));
          said.push(await handle({ run: runOf(record), ...more }).catch((error: Error) => error.name));
        },
      };
      expect(await end()).toMatchObject({ status: 'COMMITTED' });
      return said;
    };

    it('enters no stage before the one before is stored', async () => {
      expect(await outOfTurn('Generate', 'generate', { regenerate: false, stage: 'switch' })).toEqual(['Conflict']);
    });

    it('takes nothing back past the pivot', async () => {
      expect(await outOfTurn('Retire', 'rollback', { action: 'restore' })).toEqual(['Conflict']);
    });
  });
});
