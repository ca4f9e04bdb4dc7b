import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exchangeKey } from '../../lib/local/exchange-key.ts';
import { openKeys } from '../../lib/local/keys.ts';
import { readEnvelope, writeEnvelope } from '../../lib/plugins/local/store-envelope.ts';
import { parseStoreKeys } from '../../lib/plugins/local/store-key.ts';
import { type FleetSite, fleetSite, idOf } from '../support/fleet-site.ts';
import { useTempDir } from '../support/temp-dir.ts';

const folder = useTempDir();
const storeKey = () => join(folder(), 'data/store.key');
const keyLines = () => readFileSync(storeKey(), 'utf8').trim().split('\n');
const storeFiles = () =>
  readdirSync(join(folder(), 'data/store'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder(), 'data/store', name));
const keyIds = () => new Set(storeFiles().map((file) => Object(JSON.parse(readFileSync(file, 'utf8'))).keyId));

/** A rotation reads the value, and logs in with it. */
const stillWorks = async (site: FleetSite, name: string) => {
  const said = await site.run('rotate', idOf(name));
  expect(said.code, said.stdout + said.stderr).toBe(0);
};

describe('the key of the local store', () => {
  it('is exchanged, with every value under the new one and the old one gone', async () => {
    const site = await fleetSite(folder(), { a: {}, b: {} });
    const [before] = keyLines();
    const ids = keyIds();
    const said = await site.run('keys', 'rotate', 'store');
    expect([said.code, said.stdout]).toEqual([0, expect.stringContaining('2 values are under a new key')]);
    expect(keyLines()).toHaveLength(1);
    expect(keyLines()[0]).not.toBe(before);
    expect(keyIds().size).toBe(1);
    expect([...keyIds()]).not.toEqual([...ids]);
    expect((await site.run('drift', '--json')).stdout).not.toContain('"place": "store"');
    await stillWorks(site, 'a');
    expect((await site.run('audit', 'query', '--json')).stdout).toContain('keys:store');
  });

  it('cut off after any file, opens every value, and the next call ends it with the key that was made', async () => {
    const site = await fleetSite(folder(), { a: {}, b: {}, c: {} });
    const old = storeFiles().map((file) => [file, readFileSync(file, 'utf8')] as const);
    const [former = ''] = keyLines();
    await site.run('keys', 'rotate', 'store');
    const [made = ''] = keyLines();
    // As a kill leaves it: both keys are there, one file is rewrapped, the others are not, and a half-written one lies about.
    writeFileSync(storeKey(), `${made}\n${former}\n`);
    for (const [file, text] of old.slice(1)) writeFileSync(file, text);
    writeFileSync(join(folder(), 'data/store/next.tmp'), '{ "format": 1, "pa');
    expect(keyIds().size).toBe(2);
    await stillWorks(site, 'a');
    await stillWorks(site, 'c');
    const again = await site.run('keys', 'rotate', 'store');
    expect(again.code, again.stderr).toBe(0);
    expect(keyLines()).toEqual([made]);
    expect(keyIds().size).toBe(1);
    await stillWorks(site, 'b');
  });

  it('that is not the one of the values is told, and nothing is changed', async () => {
    const site = await fleetSite(folder(), { a: {} });
    const texts = storeFiles().map((file) => readFileSync(file, 'utf8'));
    const foreign = Buffer.alloc(32, 7).toString('base64');
    writeFileSync(storeKey(), `${foreign}\n`);
    const said = await site.run('keys', 'rotate', 'store');
    expect(said.code).toBe(2);
    expect(said.stderr).toContain('written with another key');
    expect(keyLines()).toEqual([foreign]);
    expect(storeFiles().map((file) => readFileSync(file, 'utf8'))).toEqual(texts);
  });
});

describe('the keys of the ledger', () => {
  it('are exchanged one by one: old fingerprints are compared, old signatures verify', () => {
    const before = openKeys(folder());
    const [fingerprint, signature] = [before.fingerprint('value'), before.sign('text')];
    exchangeKey(folder(), 'fingerprint');
    exchangeKey(folder(), 'fingerprint');
    exchangeKey(folder(), 'audit');
    const after = openKeys(folder());
    expect(after.fingerprint('value')).not.toBe(fingerprint);
    expect(after.isFingerprint('value', fingerprint)).toBe(true);
    expect(after.isFingerprint('value', after.fingerprint('value'))).toBe(true);
    expect(after.isFingerprint('another', fingerprint)).toBe(false);
    expect(after.auditKeyId).not.toBe(before.auditKeyId);
    expect(after.verify('text', signature)).toBe(true);
    expect(after.verify('text', after.sign('text'))).toBe(true);
    expect(before.verify('text', after.sign('text'))).toBe(false);
    expect(after.unseal(before.seal('token'))).toBe('token');
  });

  it('keep the private half of no former signing key', () => {
    openKeys(folder());
    const file = join(folder(), 'keys/ledger.key');
    const { audit } = JSON.parse(readFileSync(file, 'utf8'));
    exchangeKey(folder(), 'audit');
    expect(readFileSync(file, 'utf8')).not.toContain(audit);
  });

  it('leave the chain, its anchor and a rotation in good order', async () => {
    const site = await fleetSite(folder(), { a: {} });
    const config = join(folder(), 'keyturn.yaml');
    writeFileSync(config, `${readFileSync(config, 'utf8')}\naudit: { anchor: head.json }\n`);
    await stillWorks(site, 'a');
    for (const which of ['audit', 'fingerprint', 'audit']) {
      const said = await site.run('keys', 'rotate', which);
      expect(said.code, said.stderr).toBe(0);
    }
    expect((await site.run('audit', 'verify')).code).toBe(0);
    expect((await site.run('drift')).stdout).not.toContain('was exchanged');
    await stillWorks(site, 'a');
    expect((await site.run('audit', 'verify')).code).toBe(0);
    const bundle = join(folder(), 'bundle.json');
    await site.run('audit', 'export', '--out', bundle);
    expect((await site.run('audit', 'verify', '--bundle', bundle)).code).toBe(0);
  });

  it('tell drift of a value that was exchanged in the store, under whichever key it was made', async () => {
    const site = await fleetSite(folder(), { a: {} });
    await stillWorks(site, 'a');
    await site.run('keys', 'rotate', 'fingerprint');
    const drift = async () => Object.values(Object((await site.run('drift', '--json')).json().secrets))[0];
    expect(await drift()).toMatchObject({ state: 'in step' });

    const keys = parseStoreKeys(readFileSync(storeKey(), 'utf8'), storeKey());
    const [file = ''] = storeFiles();
    const envelope = readEnvelope(readFileSync(file, 'utf8'), 'apps/a', keys);
    const forged = Object.entries(envelope).map(([entry, held]) => [
      entry,
      held.map((one) => {
        const place = { path: 'apps/a', entry, version: one.version };
        const value = { ...keys.open(one.value, place), password: 'another value' };
        return { ...one, value: keys.seal(value, place, { bytes: randomBytes }) };
      }),
    ]);
    writeFileSync(file, writeEnvelope('apps/a', Object.fromEntries(forged), keys));
    expect(await drift()).toMatchObject({
      state: 'off',
      findings: expect.arrayContaining([
        expect.objectContaining({ place: 'store', why: expect.stringContaining('was exchanged') }),
      ]),
    });
  });
});
