import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { issuedName } from '../../lib/core/issuer-ports.ts';
import type { PluginDeps } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { makeRequest } from '../../lib/plugins/certificates/certificate-request.ts';
import { localCa } from '../../lib/plugins/issuers/local-ca.ts';
import { outcomeOf } from '../contract/issuer-contract.ts';
import { makeIntermediate, makeRoot, openssl } from '../support/authorities.ts';
import { handMade } from '../support/hand-made.ts';
import { LOCAL_CA } from '../support/local-ca-world.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { useTempDir } from '../support/temp-dir.ts';

const DAY = 86_400_000;
const dir = useTempDir();
const text = (file: string) => readFileSync(join(dir(), file), 'utf8');

describe('local-ca', () => {
  let time: number;
  beforeEach(() => {
    makeRoot(dir(), 'root');
    makeIntermediate(dir(), 'root', 'one');
    time = Date.now();
  });

  const open = (change: object = {}, overrides: Partial<PluginDeps> = {}) => {
    const clock = { now: () => time, sleep: async () => undefined };
    const deps = { baseDir: dir(), dataDir: join(dir(), 'data'), clock, ...overrides };
    return localCa.create({ ...LOCAL_CA, ...change }, pluginDeps(deps));
  };
  const request = async (digit: number, name = 'shop.internal', days = 20) => {
    const { csr } = await makeRequest('ec-p256', name, [name]);
    return {
      name: issuedName(`${digit}`.repeat(32)),
      csr,
      commonName: name,
      sans: [name],
      notAfter: time + days * DAY,
    };
  };
  const outcome = async (change: object, overrides: Partial<PluginDeps> = {}, days = 20) => {
    const client = await open(change, overrides);
    const found = await outcomeOf(client.sign(await request(1, 'shop.internal', days)));
    return found instanceof Error ? `${found.name} ${found.message}` : 'signed';
  };
  const list = () => {
    const file = readdirSync(join(dir(), 'data/local-ca')).find((name) => name.endsWith('.crl.pem')) ?? '';
    return openssl(dir(), 'crl', '-in', join('data/local-ca', file), '-noout', '-text', '-nameopt', 'RFC2253');
  };

  it('takes its key from another secret', async () => {
    const fields = { certificate: text('one.pem'), private_key: text('one.key') };
    const authority = { secret: 'production/certificates/issuing' };
    expect(await outcome({ authority }, { credential: async () => Secret.of(fields) })).toBe('signed');
    const halved = { credential: async () => Secret.of({ certificate: fields.certificate }) };
    expect(await outcome({ authority }, halved)).toMatch(/^ValueCorrupt the key of authority production/);
  });

  it('refuses what is no authority, and a key that is not its own', async () => {
    makeIntermediate(dir(), 'root', 'two');
    const swapped = { certificateFile: 'one.pem', keyFile: 'two.key' };
    expect(await outcome({ authority: swapped })).toMatch(/^ConfigInvalid .*its key is another/);
    openssl(dir(), 'req', '-new', '-key', 'two.key', '-out', 'leaf.csr', '-subj', '/CN=leaf');
    openssl(dir(), 'x509', '-req', '-in', 'leaf.csr', '-CA', 'root.pem', '-CAkey', 'root.key', '-out', 'leaf.pem');
    const leaf = { certificateFile: 'leaf.pem', keyFile: 'two.key' };
    expect(await outcome({ authority: leaf })).toMatch(/^ConfigInvalid .*no CA certificate/);
    expect(await outcome({ authority: { certificateFile: 'one.pem', keyFile: 'gone.key' } })).toMatch(
      /^KeyFileInvalid/,
    );
  });

  it('signs for the names and the life that it may, and no others', async () => {
    expect(await outcome({ names: ['.internal'] })).toBe('signed');
    expect(await outcome({ names: ['.other.internal', 'shop'] })).toMatch(/^ValueRefused .*may not sign for shop/);
    expect(await outcome({ maxLife: '30d' }, {}, 30)).toBe('signed');
    expect(await outcome({ maxLife: '30d' }, {}, 31)).toMatch(/^ValueRefused .*for 30d at most/);
  });

  it('signs no further where its index is damaged', async () => {
    await (await open()).sign(await request(1));
    writeFileSync(join(dir(), 'data/local-ca/index.json'), '{"issued":[{"serial":1}]}');
    expect(await outcome({})).toMatch(/^ValueCorrupt index of serials/);
  });

  it('renews its list at a signing, once half of its life is over', async () => {
    const client = await open();
    const until = () => /Next Update: (.*)/.exec(list())?.[1];
    await client.sign(await request(1));
    const first = until();
    time += 3 * DAY;
    await client.sign(await request(2));
    expect(until()).toBe(first);
    time += DAY;
    await client.sign(await request(3));
    expect(until()).not.toBe(first);
  });

  it('loses no serial when many sign and revoke at once', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, () => open()));
    const certificates = await Promise.all(
      clients.map(async (client, digit) => (await client.sign(await request(digit))).certificate),
    );
    await Promise.all(clients.map((client, index) => client.revoke(certificates[index] ?? '')));
    const standings = await Promise.all(certificates.map((certificate) => clients[0]?.standing(certificate)));
    expect(standings).toEqual(Array.from({ length: 6 }, () => 'revoked'));
    expect(list().match(/Serial Number:/g)).toHaveLength(6);
  });

  it('does not know a certificate that nobody has signed', async () => {
    expect(await (await open()).standing(handMade(dir()).certificate)).toBe('unknown');
  });
});
