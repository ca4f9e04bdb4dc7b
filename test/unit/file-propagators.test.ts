import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { envFile } from '../../lib/plugins/propagators/env-file.ts';
import { fileTemplate } from '../../lib/plugins/propagators/file-template.ts';
import { assertNoLeak, CANARY } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { useTempDir } from '../support/temp-dir.ts';

const version = 'a'.repeat(32);
const secretId = 'production/database/orders';
const request = { secretId, version, values: Secret.of({ username: 'orders_a', password: 'p w' }) };

const dir = useTempDir();
const text = (name: string) => readFile(join(dir(), name), 'utf8');
const open = (plugin: typeof envFile, config: object) => plugin.create(config, pluginDeps({ baseDir: dir() }));

describe('env-file', () => {
  const config = { use: 'env-file', path: 'app.env', data: { DB_USER: '{username}', DB_PASSWORD: '{password}' } };

  it('keeps every foreign byte, and two secrets side by side', async () => {
    const foreign = Buffer.from(
      "# mine\r\nexport DB_USER=old # keep\r\nBYTES=\xff\xfe\r\nMULTI='a\r\nb'\r\n",
      'latin1',
    );
    await writeFile(join(dir(), 'app.env'), foreign);
    const other = { ...config, data: { REDIS: '{password}' } };
    await Promise.all([
      (await open(envFile, config)).put(request),
      (await open(envFile, other)).put({ ...request, secretId: 'production/cache/orders' }),
    ]);
    const lines = (await readFile(join(dir(), 'app.env'), 'latin1')).split('\r\n');
    expect(lines.slice(0, 5)).toEqual(['# mine', 'export DB_USER=orders_a # keep', 'BYTES=\xff\xfe', "MULTI='a", "b'"]);
    expect(lines.slice(5).sort()).toEqual([
      '',
      "DB_PASSWORD='p w'",
      `KEYTURN_VERSION_PRODUCTION_CACHE_ORDERS=${version}`,
      `KEYTURN_VERSION_PRODUCTION_DATABASE_ORDERS=${version}`,
      "REDIS='p w'",
    ]);
  });

  it('refuses, without showing it, a value that its two readers would read differently', async () => {
    const client = await open(envFile, config);
    const values = Secret.of({ username: 'u', password: `it's ${CANARY}` });
    const error = await client.put({ ...request, values }).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'ConfigInvalid', message: expect.stringContaining('{password:base64}') });
    assertNoLeak(inspect(error), CANARY);
    expect(await readdir(dir())).toEqual([]);
  });
});

describe('file-template', () => {
  it('reads the version back from the line that carries it', async () => {
    const template = '# version: {version}\n[db]\npassword={password}\n';
    const client = await open(fileTemplate, { use: 'file-template', path: 'app.ini', template });
    await client.put(request);
    expect(await text('app.ini')).toBe(`# version: ${version}\n[db]\npassword=p w\n`);
    expect(await client.current(secretId)).toBe(version);
    expect(await readdir(dir())).toEqual(['app.ini']);
  });

  it.each([
    ['has no place for it', '{"password":"{password:json}"}'],
    ['has it behind another placeholder', '{"password":"{password:json}","version":"{version}"}'],
    ['has nothing before it', '{version}\n{password}\n'],
  ])('notes the version beside a file whose template %s', async (_what, template) => {
    const client = await open(fileTemplate, { use: 'file-template', path: 'app.json', template });
    await client.put(request);
    expect(await client.current(secretId)).toBe(version);
    expect(await readdir(dir())).toEqual(['app.json', 'app.json.keyturn-version']);
  });

  it('claims no version for a file that another writer changed', async () => {
    const client = await open(fileTemplate, { use: 'file-template', path: 'app.txt', template: '{password}' });
    await client.put(request);
    await writeFile(join(dir(), 'app.txt'), 'by hand');
    expect(await client.current(secretId)).toBeUndefined();
    expect(await client.put(request)).toBe('applied');
    expect([await text('app.txt'), await client.current(secretId)]).toEqual(['p w', version]);
  });

  it('takes its template from a file, and names one that is missing', async () => {
    const config = { use: 'file-template', path: 'app.txt', templateFile: 'app.tpl' };
    const client = await open(fileTemplate, config);
    const failure = { name: 'ConfigInvalid', message: expect.stringContaining(join(dir(), 'app.tpl')) };
    await expect(client.put(request)).rejects.toMatchObject(failure);
    await writeFile(join(dir(), 'app.tpl'), '{username}:{password:url}');
    await client.put(request);
    expect(await text('app.txt')).toBe('orders_a:p%20w');
  });

  it('takes one template, and no mode that opens the copy to others', async () => {
    const config = { use: 'file-template', path: 'a', template: 'x' };
    await expect(open(fileTemplate, { ...config, templateFile: 'y' })).rejects.toThrow(/template: expected either/);
    await expect(open(fileTemplate, { use: 'file-template', path: 'a' })).rejects.toThrow(/template: expected either/);
    await expect(open(fileTemplate, { ...config, mode: '0644' })).rejects.toThrow(/mode: expected octal/);
  });
});
