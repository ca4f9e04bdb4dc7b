import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { RotationError } from '../../lib/core/errors.ts';
import type { BackendClient, SecretRef } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { local } from '../../lib/plugins/backends/local.ts';
import { fileNameOf } from '../../lib/plugins/local/store-envelope.ts';
import { assertNoLeak, CANARY } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const V1 = '1'.repeat(32);
const V2 = '2'.repeat(32);
const at = (path: string): SecretRef => ({ path, fields: { password: 'pg_password' } });
const ref = at('database/orders');
const value = (password: string) => Secret.of({ password });

let dataDir: string;
let client: BackendClient;
const file = (name = '') => join(dataDir, 'store', name);
const keyFile = () => join(dataDir, 'store.key');
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const storeFile = (path = ref.path) => file(fileNameOf(path));
const nameOf = async (call: Promise<unknown>) => {
  const error = await call.catch((thrown: unknown) => thrown);
  return error instanceof RotationError ? error.name : error;
};

beforeEach(async () => {
  dataDir = temporaryDirectory();
  client = await local.create({ use: 'local' }, pluginDeps({ dataDir }));
});

const putTwo = async () => {
  await client.stage(ref, V1, value('one'));
  await client.promote(ref, V1, undefined);
  await client.stage(ref, V2, value('two'));
};

describe('files', () => {
  it('are closed to others, and nothing else is left', async () => {
    await putTwo();
    expect([modeOf(file()), modeOf(storeFile()), modeOf(keyFile())]).toEqual(['700', '600', '600']);
    expect(readdirSync(file()).sort()).toEqual([fileNameOf(ref.path), 'lock'].sort());
    expect(readdirSync(dataDir).sort()).toEqual(['store', 'store.key']);
  });

  it('hold no value in clear', async () => {
    await client.stage(ref, V1, value(CANARY));
    const text = readdirSync(file())
      .map((name) => readFileSync(file(name), 'latin1'))
      .join('\n');
    expect(text).toContain(V1);
    assertNoLeak(text, CANARY);
  });

  it('are not made by reading, discarding or failing', async () => {
    await nameOf(client.read(ref, 'current'));
    await client.versions(ref);
    await client.discard(ref, V1);
    await nameOf(client.promote(ref, V1, undefined));
    expect(existsSync(keyFile())).toBe(false);
    expect(readdirSync(file())).toEqual(['lock']);
  });

  it('take the place of what a killed process left', async () => {
    await putTwo();
    writeFileSync(file('next.tmp'), 'half a fi');
    await client.promote(ref, V2, V1);
    expect(readdirSync(file()).sort()).toEqual([fileNameOf(ref.path), 'lock'].sort());
  });

  it.each(['../../escape', '/etc/passwd', '..', '.', 'a/../../b', 'con\0trol', 'ü/😀', 'x'.repeat(5000), 'A', 'a'])(
    'stay in the store for the path %j',
    async (path) => {
      await client.stage(at(path), V1, value(path));
      expect(dirname(storeFile(path))).toBe(file().replace(/\/$/, ''));
      expect(existsSync(storeFile(path))).toBe(true);
      expect((await client.read(at(path), V1)).value.field('password')).toBe(path);
    },
  );

  it('are told apart by more than letter case or separators', () => {
    const names = ['a/b', 'a-b', 'A/b', 'a//b', 'a/b '].map((path) => fileNameOf(path).toLowerCase());
    expect(new Set(names).size).toBe(5);
  });

  it('lie where the configuration says, seen from keyturn.yaml', async () => {
    const options = { use: 'local', directory: 'values', keyFile: 'secret/the.key' };
    const elsewhere = await local.create(options, pluginDeps({ baseDir: dataDir, dataDir: '/nowhere' }));
    await elsewhere.stage(ref, V1, value('one'));
    expect(readdirSync(join(dataDir, 'values'))).toContain(fileNameOf(ref.path));
    expect(modeOf(join(dataDir, 'secret', 'the.key'))).toBe('600');
  });
});

describe('a store that was tampered with', () => {
  beforeEach(putTwo);

  it('never gives another value, whichever byte was changed', async () => {
    const good = readFileSync(storeFile());
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: good.length - 1 }), fc.integer({ min: 1, max: 255 }), async (place, flip) => {
        const bad = Buffer.from(good);
        bad.writeUInt8(bad.readUInt8(place) ^ flip, place);
        writeFileSync(storeFile(), bad);
        const read = await client.read(ref, 'current').catch((error: unknown) => error);
        const harmless =
          !(read instanceof Error) &&
          read !== null &&
          JSON.stringify(JSON.parse(String(bad))) === JSON.stringify(JSON.parse(String(good)));
        expect(
          harmless || (read instanceof RotationError && ['ValueCorrupt', 'KeyFileInvalid'].includes(read.name)),
        ).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      'states are exchanged',
      (text: string) => text.replace('"current"', '"x"').replace('"pending"', '"current"').replace('"x"', '"pending"'),
    ],
    ['version ids are exchanged', (text: string) => text.replaceAll(V1, 'x').replaceAll(V2, V1).replaceAll('x', V2)],
    ['a version is dropped', (text: string) => JSON.stringify({ ...JSON.parse(text), entries: {} })],
    ['it is cut', (text: string) => text.slice(0, 100)],
    ['it is empty', () => ''],
  ])('is refused when %s', async (_what, change) => {
    writeFileSync(storeFile(), change(readFileSync(storeFile(), 'utf8')));
    expect(await nameOf(client.read(ref, 'current'))).toBe('ValueCorrupt');
    expect(await nameOf(client.stage(ref, 'f'.repeat(32), value('three')))).toBe('ValueCorrupt');
  });

  it('is refused when a file was moved to another path', async () => {
    renameSync(storeFile(), storeFile('other'));
    expect(await nameOf(client.read(at('other'), 'current'))).toBe('ValueCorrupt');
  });
});

describe('the key', () => {
  it.each([0o604, 0o640, 0o620, 0o601])('is refused with mode %i', async (mode) => {
    await putTwo();
    chmodSync(keyFile(), mode);
    for (const call of [client.read(ref, V1), client.versions(ref), client.stage(at('new'), V1, value('x'))]) {
      expect(await nameOf(call)).toBe('KeyFileExposed');
    }
  });

  it('is never made anew for a store that has files', async () => {
    await putTwo();
    rmSync(keyFile());
    for (const call of [client.read(ref, V1), client.promote(ref, V2, V1), client.stage(at('new'), V1, value('x'))]) {
      expect(await nameOf(call)).toBe('KeyFileInvalid');
    }
    expect(existsSync(keyFile())).toBe(false);
  });

  it.each(['', 'short', `${'A'.repeat(43)}B`, `${Buffer.alloc(31).toString('base64')}\n`])(
    'is refused when it holds %j',
    async (text) => {
      await putTwo();
      writeFileSync(keyFile(), text);
      expect(await nameOf(client.read(ref, V1))).toBe('KeyFileInvalid');
    },
  );

  it('of another store is named as such, not as a corrupt value', async () => {
    await putTwo();
    writeFileSync(keyFile(), `${Buffer.alloc(32, 7).toString('base64')}\n`);
    await expect(client.read(ref, V1)).rejects.toMatchObject({
      name: 'KeyFileInvalid',
      message: expect.stringContaining('another key'),
    });
  });

  it('shows in the file as an id only', async () => {
    await putTwo();
    assertNoLeak(readFileSync(storeFile(), 'utf8'), readFileSync(keyFile(), 'utf8').trim());
  });
});

it('encrypts the same value differently each time', async () => {
  await client.stage(ref, V1, value('same'));
  await client.stage(ref, V2, value('same'));
  const data = [...readFileSync(storeFile(), 'utf8').matchAll(/"(?:data|nonce|tag)": "(.*?)"/g)].map(
    ([, text]) => text,
  );
  expect(data).toHaveLength(6);
  expect(new Set(data).size).toBe(6);
});
