import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackendPlugin } from '../../lib/core/grants.ts';
import type { BackendClient, PluginDeps, SecretRef } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { assertNoLeak, CANARY, captureLog } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { backendVersionsContract, login, put, ref, reveal, states, V1, V2, V3 } from './backend-versions-contract.ts';

export interface BackendHarness {
  /** Sets up an empty store for one test. */
  start(): Promise<BackendStore>;
  /** Bad configurations, each with the path of its bad key. */
  readonly bad: readonly (readonly [config: object, path: string])[];
  /** The names that a broken store's errors may have. */
  readonly failures: readonly string[];
  /** Whether a value of 64 KiB is more than it can hold, and therefore refused. */
  readonly refuses64KiB?: boolean;
}

export interface BackendStore {
  readonly config: object;
  readonly deps: Partial<PluginDeps>;
  /** Makes it fail. */
  break(): Promise<void>;
}

const sibling: SecretRef = { path: 'database/orders', fields: { key: 'api_key' } };
const free: SecretRef = { path: 'external/webhook', fields: {} };

const LARGE = 'x'.repeat(65_536);

/** What every backend holds to, on whatever store the harness brings. */
export function backendContract({ name, ...plugin }: BackendPlugin, harness: BackendHarness): void {
  let store: BackendStore;
  let client: BackendClient;
  let opened: BackendClient[] = [];
  const open = async (deps: Partial<PluginDeps> = {}) => {
    const made = await plugin.create(store.config, pluginDeps({ ...store.deps, ...deps }));
    opened.push(made);
    return made;
  };
  beforeEach(async () => {
    store = await harness.start();
    client = await open();
  });
  afterEach(async () => {
    for (const each of opened) await each.close?.();
    opened = [];
  });

  it.each(harness.bad)('refuses %j and names %s', async (config, path) => {
    const refusal = plugin.create(config, pluginDeps());
    await expect(refusal).rejects.toMatchObject({ name: 'ConfigInvalid', message: expect.stringContaining(path) });
  });

  backendVersionsContract(() => ({ client, another: () => open() }));

  it.runIf(plugin.capabilities.includes('sibling-fields'))('leaves the other entries of a path alone', async () => {
    await put(client, ref, V1, login('one'));
    await put(client, sibling, V3, Secret.of({ key: 'k-three' }));
    await put(client, ref, V2, login('two'), V1);
    await client.demote(ref, V2, V1);
    await client.discard(ref, V2);
    expect(await states(client, sibling)).toEqual({ current: V3, previous: undefined, pending: [] });
    expect(await reveal(client, sibling, 'current')).toEqual({ key: 'k-three' });
    expect(await reveal(client, ref, 'current')).toEqual(login('one').reveal());
  });

  it.runIf(plugin.capabilities.includes('sibling-fields'))('keeps pending values of entries apart', async () => {
    await client.stage(sibling, V3, Secret.of({ key: 'k-three' }));
    await client.stage(ref, V1, login('one'));
    expect((await states(client, ref)).pending).toEqual([V1]);
    expect((await states(client, sibling)).pending).toEqual([V3]);
  });

  it('keeps no field of an earlier value that the next one lacks', async () => {
    await put(client, free, V1, Secret.of({ url: 'one', channel: 'ops' }));
    await put(client, free, V2, Secret.of({ url: 'two' }), V1);
    expect(await reveal(client, free, 'current')).toEqual({ url: 'two' });
    await client.demote(free, V2, V1);
    expect(await reveal(client, free, 'current')).toEqual({ url: 'one', channel: 'ops' });
  });

  it('tells when a version came to its state', async () => {
    const clock = { now: () => Date.UTC(2026, 4, 1), sleep: async () => undefined };
    client = await open({ clock });
    await put(client, ref, V1, login('one'));
    expect(await client.versions(ref)).toEqual({
      current: { version: V1, since: '2026-05-01T00:00:00.000Z' },
      pending: [],
    });
  });

  describe('round trip', () => {
    it.each([
      ['nothing', ''],
      ...(harness.refuses64KiB ? [] : [['64 KiB', LARGE]]),
      ['quotes, newlines and more', `'"\`\\\r\n\t\0\u2028\u2029`],
      ['unicode', 'Grüße 漢字 😀 é é'],
    ])('of %s', async (_name, password) => {
      await client.stage(ref, V1, login(password));
      expect(await reveal(client, ref, V1)).toEqual(login(password).reveal());
    });

    it.runIf(harness.refuses64KiB)('of 60 KiB, and a refusal of 64: never another value', async () => {
      const fits = LARGE.slice(0, 61_440);
      await client.stage(ref, V1, login(fits));
      expect(await reveal(client, ref, V1)).toEqual(login(fits).reveal());
      await expect(client.stage(ref, V2, login(LARGE))).rejects.toMatchObject({ name: 'InputInvalid' });
    });

    it('of half a character, or a refusal: never another value', async () => {
      const half = login('half \ud800');
      const staged = await client.stage(ref, V1, half).catch((error: unknown) => error);
      if (staged === 'applied') expect(await reveal(client, ref, V1)).toEqual(half.reveal());
      else expect(staged).toMatchObject({ name: 'InputInvalid' });
    });

    it('of any value under any field names', async () => {
      const anything = fc.string({ unit: 'binary', maxLength: 200 });
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(fc.dictionary(anything, anything, { minKeys: 1, maxKeys: 5 }), async (fields) => {
          runs += 1;
          const version = runs.toString(16).padStart(32, '0');
          await client.stage(free, version, Secret.of(fields));
          expect(Object.entries(await reveal(client, free, version)).sort()).toEqual(Object.entries(fields).sort());
          await client.discard(free, version);
        }),
        { numRuns: 50 },
      );
    });
  });

  it('tells a failure from an empty store', async () => {
    await put(client, ref, V1, login('one'));
    await store.break();
    const calls = [
      () => client.read(ref, 'current'),
      () => client.versions(ref),
      () => client.stage(ref, V2, login('two')),
    ];
    for (const call of calls) {
      const error: unknown = await call().catch((thrown: unknown) => thrown);
      expect(harness.failures).toContain(error instanceof Error && error.name);
    }
  });

  it('leaks no value, neither in success nor in failure', async () => {
    const log = captureLog();
    client = await open({ log });
    const told: unknown[] = [client, plugin.config];
    const tell = async (call: Promise<unknown>) => void told.push(await call.catch((thrown: unknown) => thrown));
    const round = async () => {
      await tell(client.stage(ref, V1, login(CANARY)));
      await tell(client.stage(ref, V1, login(`${CANARY}2`)));
      await tell(client.stage(ref, V2, Secret.of({ unknown: CANARY })));
      await tell(client.promote(ref, V1, V3));
      await tell(client.promote(ref, V1, undefined));
      await tell(client.stage(ref, V2, login(`${CANARY}3`)));
      await tell(client.read(ref, 'current'));
      await tell(client.versions(ref));
      await tell(client.promote(ref, V2, V1));
      await tell(client.demote(ref, V2, V1));
      await tell(client.discard(ref, V2));
      await tell(client.discard(ref, V1));
    };
    await round();
    await store.break();
    await round();
    const text = told
      .map((item) => `${inspect(item, { depth: 9, showHidden: true })} ${JSON.stringify(item)} ${String(item)}`)
      .join('\n');
    assertNoLeak(text + log.text(), CANARY);
    expect(told.length).toBe(26);
  });
}
