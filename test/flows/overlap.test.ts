import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drive, rotate } from '../faults/harness/run.ts';
import { ORDERS } from '../faults/harness/scene.ts';
import { Site } from '../faults/harness/site.ts';

describe('the overlap flow', () => {
  let site: Site;
  beforeEach(() => {
    site = new Site();
  });
  afterEach(() => site.close());

  it('commits', async () => {
    const { rotationId } = await rotate(site, ORDERS);
    await drive(site);
    const { current, pending } = site.world.store.shelf('database/orders');
    const used = [...site.world.consumers.values()].filter(({ secretId }) => secretId === ORDERS);
    expect(site.book.records.get(rotationId)).toMatchObject({ status: 'COMMITTED', version: current?.version });
    expect(pending).toEqual([]);
    expect(used.map(({ running }) => running.version)).toEqual([current?.version, current?.version]);
    expect(site.world.target.accepts({ username: 'orders_a', password: 'oLd' })).toBe(false);
  });
});
