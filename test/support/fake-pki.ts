import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeIntermediate, makeRoot } from './authorities.ts';
import { type FakeReply, type FakeVault, startFakeVault } from './fake-vault.ts';
import { opensslCa } from './openssl-ca.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const FAKE_PKI = 'pki';

const given = z
  .object({
    csr: z.string(),
    common_name: z.string(),
    alt_names: z.string(),
    ip_sans: z.string(),
    user_ids: z.string(),
    ttl: z.string().transform((text) => Number.parseInt(text, 10)),
    serial_number: z.string(),
  })
  .partial();
type Given = z.output<typeof given>;

const said = (data: object): FakeReply => ({ status: 200, body: { data } });
const refused = (words: string): FakeReply => ({ status: 400, body: { errors: [words] } });
const NOT_THERE: FakeReply = { status: 404, body: { errors: [] } };

export interface FakePki extends FakeVault {
  /** What was signed, by serial, in that order. */
  readonly kept: ReadonlyMap<string, { readonly certificate: string; readonly revoked: number }>;
}

/**
 * The fake server with a PKI engine, behind which openssl signs and revokes. It has one issuer and one role, `shop`, for
 * names below `internal`; it leaves out policies, all other settings of roles, tidying, OCSP and what happens to expired
 * certificates. The suite on real servers has them.
 */
export async function startFakePki(): Promise<FakePki> {
  const vault = await startFakeVault();
  const directory = temporaryDirectory();
  makeRoot(directory, 'root');
  makeIntermediate(directory, 'root', 'one');
  const chain = ['one.pem', 'root.pem'].map((file) => readFileSync(join(directory, file), 'utf8'));
  const ca = opensslCa(directory);
  const kept = new Map<string, { readonly certificate: string; revoked: number }>();

  const sign = ({ csr = '', common_name = '', alt_names = '', ip_sans = '', user_ids = '', ttl = 0 }: Given) => {
    if (!common_name.endsWith('.internal')) return refused(`common name ${common_name} not allowed by this role`);
    const names = [...alt_names.split(',').map((name) => `DNS:${name}`), ...ip_sans.split(',').map((ip) => `IP:${ip}`)];
    const sans = names.filter((name) => !name.endsWith(':')).join(',');
    const [notBefore, notAfter] = [new Date(Date.now() - 30_000), new Date(Date.now() + ttl * 1000)];
    const certificate = ca.sign({ csr, commonName: common_name, userId: user_ids, sans, notBefore, notAfter });
    kept.set(serialIn(certificate), { certificate, revoked: 0 });
    return said({ certificate, ca_chain: chain });
  };
  const revoke = ({ serial_number = '' }: Given) => {
    const found = kept.get(serial_number);
    if (found === undefined) return refused(`certificate with serial ${serial_number} not found.`);
    if (found.revoked === 0) ca.revoke(found.certificate);
    found.revoked = Math.floor(Date.now() / 1000);
    return said({ revocation_time: found.revoked });
  };
  const read = (serial: string) => {
    const found = kept.get(serial);
    return found === undefined ? NOT_THERE : said({ certificate: found.certificate, revocation_time: found.revoked });
  };

  const routes: Readonly<Record<string, (json: Given, rest: string) => FakeReply>> = {
    'POST sign': sign,
    'POST revoke': revoke,
    'GET certs': () => (kept.size === 0 ? NOT_THERE : said({ keys: [...kept.keys()] })),
    'GET cert': (_json, serial) => read(serial),
    'GET issuer': (_json, rest) => said(rest.endsWith('/crl') ? { crl: ca.list() } : { ca_chain: chain }),
  };
  vault.intercept = ({ path, method, token = '', json }) => {
    const [mount, part, ...rest] = path.split('/');
    if (mount !== FAKE_PKI || !vault.tokens.has(token)) return undefined;
    return routes[`${method} ${part}`]?.(given.parse(json), rest.join('/'));
  };
  return Object.assign(vault, { kept });
}

const serialIn = (pem: string) => (new X509Certificate(pem).serialNumber.toLowerCase().match(/../g) ?? []).join(':');
