import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Secret } from '../../lib/core/secret.ts';
import { certificateIn, serialOf } from '../../lib/plugins/certificates/pem.ts';
import { openssl } from '../support/authorities.ts';
import { type OpenBao, startBao } from '../support/openbao.ts';
import { enableAppRole } from '../support/openbao-estate.ts';
import { layOutPki, type Pki } from '../support/openbao-pki.ts';
import { missing } from '../support/peers.ts';
import { pkiWorld } from '../support/pki-world.ts';
import { type ShopSite, shopSite } from '../support/shop-site.ts';
import { useTempDir } from '../support/temp-dir.ts';

const why = missing('openbao');
const folder = useTempDir();
const run = promisify(execFile);
const listed = z.object({ data: z.object({ keys: z.array(z.string()) }) });
const held = z.object({ data: z.object({ issuer_id: z.string(), key_id: z.string() }) });
const published = z.object({ data: z.object({ crl: z.string() }) });

const serial = (value: Secret) => serialOf(certificateIn(value.field('certificate') ?? '', 'test'));

describe.skipIf(why !== undefined)(`certificates of OpenBao under traffic ${why ?? ''}`, () => {
  let server: OpenBao;
  let pki: Pki;
  let site: ShopSite;
  beforeAll(async () => {
    server = await startBao();
    await enableAppRole(server);
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    pki = await layOutPki(server);
    const { config, deps } = pkiWorld({ ...pki, address: server.address, close: async () => undefined });
    const inBase = (file: string) => join(deps.baseDir ?? '', file);
    const auth = { method: 'approle', roleIdFile: inBase('role-id'), secretIdFile: inBase('secret-id') };
    site = await shopSite(folder(), JSON.stringify({ ...config, auth }));
  });
  afterEach(() => site.close());

  const committed = async () => {
    const settled = await site.rotate();
    expect(settled?.record, JSON.stringify(settled?.ended)).toMatchObject({ status: 'COMMITTED' });
    return site.current();
  };

  /** What openssl sees as a client that trusts what the consumer has: the serial that is served. */
  const seen = async () => {
    const to = ['-connect', `127.0.0.1:${site.shop.port}`, '-servername', 'shop.internal', '-CAfile', 'trusted.pem'];
    const checks = ['-verify_return_error', '-verify_hostname', 'shop.internal', '-verify', '5'];
    const asked = run('openssl', ['s_client', ...to, ...checks], { cwd: folder() });
    asked.child.stdin?.end();
    const { stdout } = await asked;
    expect(stdout).toContain('Verify return code: 0 (ok)');
    return serialOf(certificateIn(stdout, 's_client'));
  };

  /** What openssl says of a chain that was served, with the lists that the server publishes. */
  const verified = async (value: Secret) => {
    const issuers = listed.parse(await server.admin('GET', `${pki.mount}/issuers?list=true`)).data.keys;
    const described = await Promise.all(issuers.map((id) => server.admin('GET', `${pki.mount}/issuer/${id}`)));
    const signing = described.map((issuer) => held.parse(issuer).data).filter(({ key_id }) => key_id !== '');
    const lists = await Promise.all(
      signing.map(
        async ({ issuer_id: id }) =>
          published.parse(await server.admin('GET', `${pki.mount}/issuer/${id}/crl`)).data.crl,
      ),
    );
    writeFileSync(join(folder(), 'lists.pem'), lists.map((list) => `${list}\n`).join(''));
    writeFileSync(join(folder(), 'chain.pem'), value.field('chain') ?? '');
    writeFileSync(join(folder(), 'bundle.pem'), value.field('ca_bundle') ?? '');
    const trust = ['-CAfile', 'bundle.pem', '-untrusted', 'chain.pem', '-CRLfile', 'lists.pem'];
    try {
      return openssl(folder(), 'verify', '-crl_check', ...trust, 'chain.pem');
    } catch (error) {
      return String(Object(error).stderr);
    }
  };

  it('are reissued without a failed handshake, to a new authority, too; the old ones are in the list', async () => {
    const one = await committed();
    expect(await seen()).toBe(serial(one));
    const two = await committed();
    expect(await seen()).toBe(serial(two));
    expect(await verified(one)).toContain('certificate revoked');
    expect(await verified(two)).toContain('OK');
    await pki.succeed();
    const three = await committed();
    expect(await seen()).toBe(serial(three));
    expect(await verified(two)).toContain('certificate revoked');
    expect(await verified(three)).toContain('OK');
    expect(site.held.slice(-3).map(({ length }) => length)).toEqual([1, 2, 1]);
    expect(readFileSync(join(folder(), 'trusted.pem'), 'utf8').match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
    expect(site.traffic.failures).toEqual([]);
    expect(site.traffic.made()).toBeGreaterThan(30);
  });

  it('go back when a consumer goes on serving the old one: only the new one is in the list', async () => {
    const one = await committed();
    site.shop.stubborn = true;
    const settled = await site.rotate();
    expect(settled?.record).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'ConsumerRejected' } });
    expect(await seen()).toBe(serial(one));
    expect(await verified(one)).toContain('OK');
    const certs = listed.parse(await server.admin('GET', `${pki.mount}/certs?list=true`)).data.keys;
    const revoked = await Promise.all(
      certs.map(async (id) => Object(await server.admin('GET', `${pki.mount}/cert/${id}`)).data),
    );
    expect(revoked.filter(({ revocation_time }) => revocation_time > 0)).toHaveLength(1);
  });
});
