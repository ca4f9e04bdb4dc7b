import { execFileSync } from 'node:child_process';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PropagatorClient, PutRequest } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { propagators } from '../../lib/plugins/propagators/index.ts';
import { assertNoLeak, CANARY, captureLog } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { useTempDir } from '../support/temp-dir.ts';

interface Harness {
  readonly config: object;
  /** The file that is its copy, where it is one. */
  readonly file?: string;
  /** Where the copy cannot be written. */
  readonly broken: object;
  /** What the consumer reads as its password. */
  read(): Promise<string | undefined>;
}

const dir = useTempDir();
const copy = (name: string) => readFile(join(dir(), name), 'utf8');

const HARNESSES: Readonly<Record<string, Harness>> = {
  'env-file': {
    file: 'app.env',
    config: { use: 'env-file', path: 'app.env', data: { DB_PASSWORD: '{password}' }, reader: 'shell' },
    broken: { use: 'env-file', path: 'nowhere/app.env', data: { DB_PASSWORD: '{password}' }, reader: 'shell' },
    read: async () =>
      execFileSync('sh', ['-c', '. ./app.env; printf %s "$DB_PASSWORD"'], { cwd: dir(), encoding: 'utf8' }),
  },
  'file-template': {
    file: 'app.json',
    config: { use: 'file-template', path: 'app.json', template: '{ "password": "{password:json}" }' },
    broken: { use: 'file-template', path: 'nowhere/app.json', template: '{password}' },
    read: async () => JSON.parse(await copy('app.json')).password,
  },
};

const VERSION = { one: 'a'.repeat(32), two: 'b'.repeat(32) };
const secretId = 'production/database/orders';

const put = (version: string, password: string): PutRequest => ({ secretId, version, values: Secret.of({ password }) });

describe.each(propagators.map((plugin) => [plugin.name, plugin] as const))('propagator %s', (name, plugin) => {
  const harness = HARNESSES[name];
  if (!harness) throw new Error(`propagator ${name} has no harness in this file: add one`);
  const open = (config: object = harness.config, log = captureLog()): Promise<PropagatorClient> =>
    plugin.create(config, pluginDeps({ baseDir: dir(), log }));

  it('brings the value and its version', async () => {
    const client = await open();
    expect(await client.current(secretId)).toBeUndefined();
    expect(await client.put(put(VERSION.one, 'first'))).toBe('applied');
    expect([await harness.read(), await client.current(secretId)]).toEqual(['first', VERSION.one]);
  });

  it('does nothing when the same version is put twice', async () => {
    const client = await open();
    await client.put(put(VERSION.one, 'first'));
    expect(await client.put(put(VERSION.one, 'first'))).toBe('not-applied');
    expect([await harness.read(), await client.current(secretId)]).toEqual(['first', VERSION.one]);
  });

  it('goes to the next version and back', async () => {
    const client = await open();
    await client.put(put(VERSION.one, 'first'));
    expect(await client.put(put(VERSION.two, 'second'))).toBe('applied');
    expect([await harness.read(), await client.current(secretId)]).toEqual(['second', VERSION.two]);
    expect(await client.put(put(VERSION.one, 'first'))).toBe('applied');
    expect([await harness.read(), await client.current(secretId)]).toEqual(['first', VERSION.one]);
  });

  it('tells a version to a client of a later step', async () => {
    await (await open()).put(put(VERSION.one, 'first'));
    expect(await (await open()).current(secretId)).toBe(VERSION.one);
    expect(await (await open()).current('production/database/other')).toBeUndefined();
  });

  it('carries quotes, line breaks and unicode', async () => {
    const client = await open();
    const password = fc.string({ unit: fc.constantFrom(...'ab\'"$\\\n #=é日') });
    await fc.assert(
      fc.asyncProperty(password, async (value) => {
        await client.put(put(VERSION.one, value));
        expect(await harness.read()).toBe(value);
      }),
      { numRuns: 50 },
    );
  });

  it('names the place that it cannot write', async () => {
    const client = await open(harness.broken);
    const failure = { name: 'StorageFailed', message: expect.stringContaining(join(dir(), 'nowhere')) };
    await expect(client.put(put(VERSION.one, 'x'))).rejects.toMatchObject(failure);
  });

  it.runIf(plugin.capabilities.includes('preserves-owner'))('keeps the mode of what it replaces', async () => {
    const file = join(dir(), harness.file ?? '');
    await writeFile(file, '');
    await chmod(file, 0o640);
    await (await open()).put(put(VERSION.one, 'first'));
    expect((await stat(file)).mode & 0o7777).toBe(0o640);
  });

  it.runIf(plugin.capabilities.includes('sibling-fields'))('keeps another secret on the same copy', async () => {
    const other = { ...put(VERSION.two, 'second'), secretId: 'production/cache/orders' };
    await Promise.all([(await open()).put(put(VERSION.one, 'first')), (await open()).put(other)]);
    const client = await open();
    expect([await client.current(secretId), await client.current(other.secretId)]).toEqual([VERSION.one, VERSION.two]);
  });

  it('leaks no value, in success and failure', async () => {
    const log = captureLog();
    const client = await open(harness.config, log);
    const results: unknown[] = [await client.put(put(VERSION.one, CANARY)), await client.current(secretId), client];
    const broken = await open(harness.broken, log);
    results.push(await broken.put(put(VERSION.one, CANARY)).catch((error: unknown) => error));
    expect(await harness.read()).toBe(CANARY);
    assertNoLeak(inspect(results, { depth: 9 }) + JSON.stringify(results) + log.text(), CANARY, `propagator ${name}`);
  });
});
