import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocal } from '../../lib/local/local.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { type FleetSite, fleetSite, idOf } from '../support/fleet-site.ts';
import { assertNoLeak } from '../support/leak.ts';
import { type ReloadingConsumer, startReloadingConsumer } from '../support/reloading-consumer.ts';
import { useTempDir } from '../support/temp-dir.ts';

const folder = useTempDir();
let consumer: ReloadingConsumer;
let site: FleetSite;
let envFile: string;

beforeEach(async () => {
  envFile = join(folder(), 'a.env');
  writeFileSync(envFile, '# kept\n');
  consumer = await startReloadingConsumer(envFile, [idOf('a')]);
  const own = `{ restart: { use: http-reload, url: "${consumer.origin}/reload" }, verify: [{ use: http-version, url: "${consumer.origin}/versions" }] }`;
  site = await fleetSite(folder(), { a: { consumer: own } });
  const rotated = await site.run('rotate', idOf('a'));
  expect(rotated.code, rotated.stdout + rotated.stderr).toBe(0);
});
afterEach(() => consumer.close());

const password = () => /^PASSWORD_A=(.*)$/m.exec(readFileSync(envFile, 'utf8'))?.[1] ?? '';
const edit = (from: string | RegExp, to: string) =>
  writeFileSync(envFile, readFileSync(envFile, 'utf8').replace(from, to));
const drift = async (...args: string[]) => {
  const said = await site.run('drift', '--json', ...args);
  const [secret] = Object.values(Object(said.json().secrets)).map((it) => Object(it));
  return { code: said.code, secret, said };
};

describe('drift', () => {
  it('is none after a rotation, and looking changes nothing', async () => {
    const before = readFileSync(envFile, 'utf8');
    expect(await drift()).toMatchObject({ code: 0, secret: { state: 'in step', findings: [] } });
    expect(readFileSync(envFile, 'utf8')).toBe(before);
    expect(consumer.reloads()).toBe(1);
  });

  it('is an env file that was edited by hand, though its version line stands; repair writes it again', async () => {
    const value = password();
    edit(value, 'typed-by-hand');
    const found = await drift();
    expect(found).toMatchObject({
      code: 5,
      secret: { state: 'off', findings: [{ place: 'copy', who: 'a-app', why: expect.stringContaining('content') }] },
    });
    assertNoLeak(found.said.stdout + found.said.stderr, value);
    assertNoLeak(found.said.stdout + found.said.stderr, 'typed-by-hand');
    expect(password()).toBe('typed-by-hand');

    const repaired = await drift('--repair');
    expect(repaired).toMatchObject({
      code: 0,
      secret: { state: 'in step', repaired: [{ place: 'copy', who: 'a-app' }] },
    });
    expect(password()).toBe(value);
    expect(readFileSync(envFile, 'utf8')).toContain('# kept');
    expect(consumer.lines()).toContain(value);
    expect((await drift()).code).toBe(0);
  });

  it('is a consumer that runs the old version; repair restarts it and writes no copy', async () => {
    const fresh = readFileSync(envFile, 'utf8');
    edit(/^KEYTURN_VERSION_.*$/m, `KEYTURN_VERSION_STAGING_APPS_A=${'0'.repeat(32)}`);
    await fetch(`${consumer.origin}/reload`, { method: 'POST' });
    writeFileSync(envFile, fresh);
    const found = await drift();
    expect(found).toMatchObject({ code: 5, secret: { findings: [{ place: 'consumer', who: 'a-app', state: 'off' }] } });
    expect(found.secret.findings).toHaveLength(1);
    expect(await drift('--repair')).toMatchObject({ code: 0, secret: { state: 'in step' } });
    expect(readFileSync(envFile, 'utf8')).toBe(fresh);
    expect(consumer.reloads()).toBe(3);
  });

  it('is a target that was changed outside; that is no consumer to repair', async () => {
    writeFileSync(join(folder(), 'a.json'), JSON.stringify({ green: 'another-password' }));
    const found = await drift('--repair');
    expect(found).toMatchObject({
      code: 5,
      secret: { state: 'off', repaired: [], findings: [{ place: 'target', why: expect.stringContaining('refuses') }] },
    });
    expect(consumer.reloads()).toBe(1);
  });

  it('is a target that accepts the retired version again', async () => {
    const accounts = JSON.parse(readFileSync(join(folder(), 'a.json'), 'utf8'));
    writeFileSync(join(folder(), 'a.json'), JSON.stringify({ ...accounts, blue: 'canary-first-of-a' }));
    expect(await drift()).toMatchObject({
      code: 5,
      secret: { findings: [{ place: 'target', why: expect.stringContaining('still accepts version') }] },
    });
  });

  it('is unknown where a consumer does not answer, which proves nothing', async () => {
    await consumer.close();
    expect(await drift()).toMatchObject({ code: 5, secret: { state: 'unknown', findings: [{ state: 'unknown' }] } });
    consumer = await startReloadingConsumer(envFile, []);
  });

  it('leaves a secret alone that a rotation has, and takes up after a repair that was cut off', async () => {
    edit(password(), 'typed-by-hand');
    const local = openLocal({
      configFile: join(folder(), 'keyturn.yaml'),
      dataDir: join(folder(), 'data'),
      catalog: builtIn,
    });
    const key = `secret:${idOf('a')}`;
    const fence = await local.ledger.acquireLocks([key], { rotationId: 'r-1', execution: 'e-1' });
    expect(await drift('--repair')).toMatchObject({ code: 4, secret: { state: 'busy' } });
    expect(password()).toBe('typed-by-hand');
    await local.ledger.releaseLocks('r-1', fence);
    await local.ledger.acquireLocks([key], { rotationId: 'repair-of-a-dead-process', execution: 'e-2' });
    local.close();
    expect((await site.run('rotate', idOf('a'))).stdout).toContain('LockHeld');
    expect(await drift('--repair')).toMatchObject({ code: 0, secret: { state: 'in step' } });
    expect((await site.run('rotate', idOf('a'))).code).toBe(0);
  });

  it('is put on record by its repair, and the chain of records holds', async () => {
    appendFileSync(envFile, '');
    edit(/^PASSWORD_A=.*$/m, 'PASSWORD_A=gone');
    await drift('--repair');
    const records = (await site.run('audit', 'query', '--secret', idOf('a'), '--json')).stdout;
    for (const step of ['repair', 'propagate:a-app:next', 'restart:a-app:next', 'verify:a-app:next'])
      expect(records).toContain(`"${step}"`);
    expect((await site.run('audit', 'verify')).code).toBe(0);
  });
});
