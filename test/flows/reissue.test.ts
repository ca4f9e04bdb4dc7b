import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Secret } from '../../lib/core/secret.ts';
import { certificateIn, serialOf } from '../../lib/plugins/certificates/pem.ts';
import { makeIntermediate, makeRoot, openssl } from '../support/authorities.ts';
import { FAKE_PKI, startFakePki } from '../support/fake-pki.ts';
import { pkiWorld } from '../support/pki-world.ts';
import { handshake } from '../support/shop.ts';
import { type ShopSite, shopSite } from '../support/shop-site.ts';
import { useTempDir } from '../support/temp-dir.ts';

const folder = useTempDir();

const authority = (name: string) => `{ certificateFile: ${name}.pem, keyFile: ${name}.key }`;
const ONE = `{ use: local-ca, authority: ${authority('one')}, rootFile: root.pem }`;
const TWO = `{ use: local-ca, authority: ${authority('two')}, rootFile: new-root.pem, earlier: [${authority('one')}] }`;

const serial = (value: Secret) => serialOf(certificateIn(value.field('certificate') ?? '', 'test'));

/** Names of the certificates in a text, by openssl. */
const namesIn = (pem: string) => {
  writeFileSync(join(folder(), 'names.pem'), pem);
  const listed = openssl(folder(), 'crl2pkcs7', '-nocrl', '-certfile', 'names.pem', '-out', 'names.p7');
  expect(listed).toBe('');
  const text = openssl(folder(), 'pkcs7', '-in', 'names.p7', '-print_certs', '-noout');
  return [...text.matchAll(/^subject=.*CN = (.*)$/gm)].map(([, name]) => name);
};

/** What openssl says of a served chain, to a client that looks into every revocation list there is. */
function verified(value: Secret): string {
  const lists = join(folder(), 'data/local-ca');
  const all = readdirSync(lists).filter((file) => file.endsWith('.crl.pem'));
  writeFileSync(join(folder(), 'lists.pem'), all.map((file) => readFileSync(join(lists, file), 'utf8')).join(''));
  writeFileSync(join(folder(), 'chain.pem'), value.field('chain') ?? '');
  writeFileSync(join(folder(), 'bundle.pem'), value.field('ca_bundle') ?? '');
  const trust = ['-x509_strict', '-CAfile', 'bundle.pem', '-untrusted', 'chain.pem'];
  try {
    return openssl(folder(), 'verify', '-crl_check', '-CRLfile', 'lists.pem', ...trust, 'chain.pem');
  } catch (error) {
    return String(Object(error).stderr);
  }
}

describe('a certificate under traffic', () => {
  let site: ShopSite;
  beforeEach(async () => {
    makeRoot(folder(), 'root');
    makeIntermediate(folder(), 'root', 'one');
    site = await shopSite(folder(), ONE);
  });
  afterEach(() => site.close());

  const committed = async () => {
    const settled = await site.rotate();
    expect(settled?.record, JSON.stringify(settled?.ended)).toMatchObject({ status: 'COMMITTED', stage: 'prune' });
    return site.current();
  };

  it('is reissued without a failed handshake, first from one that was made by hand; the old one is revoked', async () => {
    const one = await committed();
    expect(namesIn(one.field('chain') ?? '')).toEqual(['shop.internal', 'one']);
    expect(namesIn(readFileSync(join(folder(), 'trusted.pem'), 'utf8'))).toEqual(['root']);
    expect(verified(one)).toContain('OK');
    const two = await committed();
    expect(serial(two)).not.toBe(serial(one));
    expect([verified(one), verified(two)]).toEqual([
      expect.stringContaining('certificate revoked'),
      expect.stringContaining('OK'),
    ]);
    expect(site.traffic.failures).toEqual([]);
    expect(site.traffic.made()).toBeGreaterThan(20);
  }, 60_000);

  it('changes its authority: the new root is trusted before the new certificate is served, the old one goes last', async () => {
    const one = await committed();
    const oldTrust = readFileSync(join(folder(), 'trusted.pem'), 'utf8');
    makeRoot(folder(), 'new-root');
    makeIntermediate(folder(), 'new-root', 'two');
    site.use(TWO);
    const two = await committed();
    expect(namesIn(two.field('chain') ?? '')).toEqual(['shop.internal', 'two']);
    expect(namesIn(readFileSync(join(folder(), 'trusted.pem'), 'utf8'))).toEqual(['new-root']);
    expect(site.held.slice(-3)).toEqual([['root'], ['root', 'new-root'], ['new-root']]);
    expect(await handshake(site.shop.port, oldTrust)).toBe('UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
    expect(verified(one)).toContain('certificate revoked');
    expect(site.traffic.failures).toEqual([]);
  }, 60_000);

  it('goes back when a consumer goes on serving the old one: the new one is revoked, the old one is not', async () => {
    const one = await committed();
    const before = await site.age();
    site.shop.stubborn = true;
    const settled = await site.rotate();
    expect(settled?.record).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'ConsumerRejected' } });
    expect(settled?.record?.failure?.cause).toContain('serves');
    expect(serial(await site.current())).toBe(serial(one));
    expect(verified(one)).toContain('OK');
    expect(await site.age()).toMatchObject({ dueAt: before.dueAt });
    const index = JSON.parse(readFileSync(join(folder(), 'data/local-ca/index.json'), 'utf8')).issued;
    expect(index.map((entry: { revokedAt?: string }) => entry.revokedAt !== undefined)).toEqual([false, true]);
    expect(site.traffic.failures).toEqual([]);
  }, 60_000);

  it('goes back whole when its authority may not sign for its names', async () => {
    site.use(ONE.replace('}, rootFile', '}, names: [.other.internal], rootFile'));
    const before = await site.current();
    const settled = await site.rotate();
    expect(settled?.record).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'ValueRefused' } });
    expect(serial(await site.current())).toBe(serial(before));
    expect(site.traffic.failures).toEqual([]);
  }, 60_000);

  it('leaves no live certificate behind when the reply to its signing is lost', async () => {
    const vault = await startFakePki();
    const { config, deps, close } = pkiWorld({ address: vault.origin, mount: FAKE_PKI, login: {}, close: vault.close });
    const inBase = (file: string) => join(deps.baseDir ?? '', file);
    const auth = { method: 'approle', roleIdFile: inBase('role-id'), secretIdFile: inBase('secret-id') };
    site.use(JSON.stringify({ ...config, auth }));
    const lost: string[] = [];
    vault.losesReply = ({ path }) => path === 'pki/sign/shop' && lost.push(path) === 1;
    const settled = await site.rotate();
    expect(settled?.record).toMatchObject({ status: 'COMMITTED' });
    expect(lost).toHaveLength(2);
    const [orphan, served] = [...vault.kept.values()];
    expect([orphan?.revoked, served?.revoked]).toEqual([expect.any(Number), 0]);
    expect(orphan?.revoked).toBeGreaterThan(0);
    expect((await site.current()).field('certificate')).toBe(served?.certificate);
    expect(site.traffic.failures).toEqual([]);
    await close();
  }, 60_000);
});
