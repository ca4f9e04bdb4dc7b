import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Plugin, PluginDeps, RestarterClient, RestartRequest } from '../../lib/core/ports.ts';
import { assertNoLeak, CANARY, captureLog } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

export interface RestarterHarness {
  /** Starts a consumer, which says its value aloud when it is asked to restart. */
  start(): Promise<RestartedConsumer>;
}

export interface RestartedConsumer {
  readonly config: object;
  readonly deps?: Partial<PluginDeps>;
  /** A workload that is not there, and what is said of it; absent where a restarter touches none. */
  readonly missing?: { readonly config: object; readonly says: RegExp };
  /** How often it was told to restart. */
  restarts(): Promise<number>;
  stop(): Promise<void>;
}

const request: RestartRequest = {
  secretId: 'production/database/orders',
  consumer: 'orders-api',
  rotationId: 'r-1',
  version: 'a'.repeat(32),
};

/** What every restarter holds to, whatever it restarts. */
export function restarterContract(plugin: Plugin<RestarterClient>, harness: RestarterHarness): void {
  const log = captureLog();
  let consumer: RestartedConsumer;
  beforeEach(async () => {
    consumer = await harness.start();
  });
  afterEach(() => consumer.stop());
  const open = (config: object = consumer.config): Promise<RestarterClient> =>
    plugin.create(config, pluginDeps({ ...consumer.deps, log }));
  /** Where the restart has a progress of its own it may be pending first. */
  const comesBack = (client: RestarterClient) =>
    vi.waitFor(async () => expect(await client.status(request)).toMatchObject({ state: 'healthy' }), {
      timeout: 20_000,
      interval: 100,
    });

  it('restarts once for each call that says applied, and is healthy afterwards', async () => {
    const client = await open();
    const applied = (await client.restart(request)) === 'applied' ? 1 : 0;
    await vi.waitFor(async () => expect(await consumer.restarts()).toBe(applied));
    await comesBack(client);
  });

  it('does no harm with the same rotation twice', async () => {
    const client = await open();
    await client.restart(request);
    await client.restart(request);
    await comesBack(await open());
  });

  it('takes the restart back when the old value is in place again', async () => {
    const client = await open();
    const change = await client.restart(request);
    expect(await client.undo(request)).toBe(change);
    await comesBack(client);
  });

  it('says which workload is missing', async (context) => {
    if (consumer.missing === undefined) return context.skip('it touches no workload');
    const client = await open(consumer.missing.config);
    const error = await client.restart(request).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: expect.stringMatching(/^(RolloutFailed|Unavailable)$/) });
    expect(String(error)).toMatch(consumer.missing.says);
  });

  it('repeats nothing of what the consumer says', async () => {
    const client = await open();
    const results = [await client.restart(request), await client.status(request), client];
    const told = inspect(results, { depth: 9, showHidden: true }) + JSON.stringify(results) + log.text();
    assertNoLeak(told, CANARY, plugin.name);
  });
}
