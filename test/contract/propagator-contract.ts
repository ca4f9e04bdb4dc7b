import { chmod, stat, writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import type { Plugin, PluginDeps, PropagatorClient, PutRequest } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { assertNoLeak, CANARY, captureLog } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

export interface PropagatorHarness {
  /** Sets up a place without any copy, for one test. */
  start(): Promise<PropagatorPlace>;
}

export interface PropagatorPlace {
  readonly config: object;
  readonly deps?: Partial<PluginDeps>;
  /** The file that is its copy, where it is one. */
  readonly file?: string;
  /** Where the copy cannot be written, and what is said of it. */
  readonly broken: { readonly config: object; readonly error: string; readonly says: string };
  /** What the consumer reads as its password. */
  read(): Promise<string | undefined>;
  /** Has another program bring the value, where one does. */
  feed?(request: PutRequest): Promise<void>;
  /** What others have beside the value: made once, and looked at afterwards. */
  readonly beside?: { make(): Promise<void>; look(): Promise<unknown> };
}

export const VERSION = { one: 'a'.repeat(32), two: 'b'.repeat(32) };
export const secretId = 'production/database/orders';

const putOf = (version: string, password: string): PutRequest => ({
  secretId,
  version,
  values: Secret.of({ password }),
});

/** What every propagator holds to, wherever its copies lie. */
export function propagatorContract(plugin: Plugin<PropagatorClient>, harness: PropagatorHarness): void {
  let place: PropagatorPlace;
  beforeEach(async () => {
    place = await harness.start();
  });
  const open = (config: object = place.config, log = captureLog()): Promise<PropagatorClient> =>
    plugin.create(config, pluginDeps({ ...place.deps, log }));
  const put = async (client: PropagatorClient, request: PutRequest) => {
    await place.feed?.(request);
    return client.put(request);
  };

  it('brings the value and its version', async () => {
    const client = await open();
    expect(await client.current(secretId)).toBeUndefined();
    expect(await put(client, putOf(VERSION.one, 'first'))).toBe('applied');
    expect([await place.read(), await client.current(secretId)]).toEqual(['first', VERSION.one]);
  });

  it('does nothing when the same version is put twice', async () => {
    const client = await open();
    await put(client, putOf(VERSION.one, 'first'));
    expect(await put(client, putOf(VERSION.one, 'first'))).toBe('not-applied');
    expect([await place.read(), await client.current(secretId)]).toEqual(['first', VERSION.one]);
  });

  it('tells whether the copy is what it would write, where it can, and writes nothing for that', async () => {
    const client = await open();
    if (client.holds === undefined) return expect(place.file).toBeUndefined();
    expect(await client.holds(putOf(VERSION.one, 'first'))).toBe(false);
    await put(client, putOf(VERSION.one, 'first'));
    expect(await client.holds(putOf(VERSION.one, 'first'))).toBe(true);
    expect(await client.holds(putOf(VERSION.one, 'another value'))).toBe(false);
    return expect(await place.read()).toBe('first');
  });

  it('goes to the next version and back', async () => {
    const client = await open();
    await put(client, putOf(VERSION.one, 'first'));
    expect(await put(client, putOf(VERSION.two, 'second'))).toBe('applied');
    expect([await place.read(), await client.current(secretId)]).toEqual(['second', VERSION.two]);
    expect(await put(client, putOf(VERSION.one, 'first'))).toBe('applied');
    expect([await place.read(), await client.current(secretId)]).toEqual(['first', VERSION.one]);
  });

  it('tells a version to a client of a later step', async () => {
    await put(await open(), putOf(VERSION.one, 'first'));
    expect(await (await open()).current(secretId)).toBe(VERSION.one);
    expect(await (await open()).current('production/database/other')).toBeUndefined();
  });

  it('carries quotes, line breaks and unicode', async () => {
    const client = await open();
    const password = fc.string({ unit: fc.constantFrom(...'ab\'"$\\\n #=é日'), minLength: 1 });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(password, async (value) => {
        runs += 1;
        await put(client, putOf(runs.toString(16).padStart(32, '0'), value));
        expect(await place.read()).toBe(value);
      }),
      { numRuns: 50 },
    );
  });

  it('names the place that it cannot write', async () => {
    const { config, error, says } = place.broken;
    const client = await open(config);
    const failure = { name: error, message: expect.stringContaining(says) };
    await expect(client.put(putOf(VERSION.one, 'x'))).rejects.toMatchObject(failure);
  });

  it.runIf(plugin.capabilities.includes('preserves-owner'))('keeps the mode of what it replaces', async () => {
    const { file = '' } = place;
    await writeFile(file, '');
    await chmod(file, 0o640);
    await put(await open(), putOf(VERSION.one, 'first'));
    expect((await stat(file)).mode & 0o7777).toBe(0o640);
  });

  it.runIf(plugin.capabilities.includes('sibling-fields'))('keeps another secret on the same copy', async () => {
    const other = { ...putOf(VERSION.two, 'second'), secretId: 'production/cache/orders' };
    await Promise.all([put(await open(), putOf(VERSION.one, 'first')), put(await open(), other)]);
    const client = await open();
    expect([await client.current(secretId), await client.current(other.secretId)]).toEqual([VERSION.one, VERSION.two]);
  });

  it('leaves what others have beside it as it was', async () => {
    await place.beside?.make();
    const before = await place.beside?.look();
    const client = await open();
    for (const version of [VERSION.one, VERSION.two]) await put(client, putOf(version, `at ${version}`));
    expect(await place.beside?.look()).toEqual(before);
    expect(await client.current(secretId)).toBe(VERSION.two);
  });

  it('leaks no value, in success and failure', async () => {
    const log = captureLog();
    const client = await open(place.config, log);
    const results: unknown[] = [await put(client, putOf(VERSION.one, CANARY)), await client.current(secretId), client];
    const broken = await open(place.broken.config, log);
    results.push(await broken.put(putOf(VERSION.one, CANARY)).catch((error: unknown) => error));
    expect(await place.read()).toBe(CANARY);
    assertNoLeak(
      inspect(results, { depth: 9, showHidden: true }) + JSON.stringify(results) + log.text(),
      CANARY,
      plugin.name,
    );
  });
}
