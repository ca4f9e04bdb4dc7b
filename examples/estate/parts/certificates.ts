import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../../lib/core/secret.ts';
import { freePort } from '../../../lib/local/free-port.ts';
import { makeIntermediate, makeRoot } from '../../../test/support/authorities.ts';
import { handMade } from '../../../test/support/hand-made.ts';
import type { Part } from '../part.ts';

const SECRET = 'production/certificates/shop';
const TLS = 47_050;

/** A web server with a certificate that somebody made by hand, a client, and an authority to take over from. */
export async function certificates(folder: string): Promise<Part> {
  makeRoot(folder, 'root');
  makeIntermediate(folder, 'root', 'issuing');
  const first = handMade(folder);
  writeFileSync(join(folder, 'shop.pem'), `${first.private_key}${first.chain}`);
  writeFileSync(join(folder, 'trusted.pem'), first.ca_bundle);
  const port = await freePort();
  const files = { TLS_PORT: String(port), TLS_FILE: join(folder, 'shop.pem'), TRUST_FILE: join(folder, 'trusted.pem') };
  return {
    ports: { [TLS]: port },
    first: { [SECRET]: Secret.of(first) },
    services: [
      { name: 'web', secretId: SECRET, kind: 'tls-server', env: files, port: 47_051 },
      { name: 'caller', secretId: SECRET, kind: 'tls-client', env: files, port: 47_052 },
    ],
    looksAt: [SECRET],
    look: async (_, value) => (verifies(folder, value) ? 'accepted' : 'refused'),
    stop: async () => undefined,
  };
}

/** By openssl, for a client that trusts what the estate's clients trust and looks into the lists of revoked certificates. */
function verifies(folder: string, value: Secret): boolean {
  const lists = join(folder, 'data/local-ca');
  const crls = readdirSync(lists).filter((file) => file.endsWith('.crl.pem'));
  writeFileSync(join(folder, 'crls.pem'), crls.map((file) => readFileSync(join(lists, file), 'utf8')).join(''));
  writeFileSync(join(folder, 'chain.pem'), value.field('chain') ?? '');
  const trust = ['-crl_check', '-CRLfile', 'crls.pem', '-CAfile', 'trusted.pem', '-untrusted', 'chain.pem'];
  const { status, error } = spawnSync('openssl', ['verify', ...trust, 'chain.pem'], { cwd: folder });
  if (error !== undefined) throw error;
  return status === 0;
}
