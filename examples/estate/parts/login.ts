import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { z } from 'zod';
import { Secret } from '../../../lib/core/secret.ts';
import { startServer } from '../../../test/support/http-server.ts';
import type { Part } from '../part.ts';

const SECRET = 'production/encryption/login-signing';
const PORT = 47_030;
const LOGIN = 47_031;

const document = z.object({ keys: z.array(z.looseObject({ kid: z.string() })) });

/** A key that signs the tokens of a login, with its document on a web server, and a gateway that lets tokens in. */
export async function login(folder: string): Promise<Part> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const file = join(folder, 'jwks.json');
  writeFileSync(file, JSON.stringify({ keys: [{ ...jwk, kid, alg: 'ES256', use: 'sig' }] }));
  const server = await startServer(async (_request, reply) => {
    reply.writeHead(200, { 'content-type': 'application/json' }).end(readFileSync(file));
  });
  const jwks = `${server.origin}/jwks.json`;
  return {
    ports: { [PORT]: Number(new URL(server.origin).port) },
    first: { [SECRET]: Secret.of({ kid, private_key: pem }) },
    services: [
      {
        name: 'login',
        secretId: SECRET,
        kind: 'signer',
        env: { SIGNING_KEY: Buffer.from(pem).toString('base64'), SIGNING_KID: kid, SIGNING_ALG: 'ES256' },
        port: LOGIN,
      },
      {
        name: 'gateway',
        secretId: SECRET,
        kind: 'gateway',
        env: { JWKS_URL: jwks, LOGIN_URL: `http://127.0.0.1:${LOGIN}/offer` },
        port: 47_032,
      },
    ],
    looksAt: [SECRET],
    look: async (_, value) => {
      const { keys } = document.parse(await (await fetch(jwks)).json());
      return keys.some((key) => key.kid === value.field('kid')) ? 'accepted' : 'refused';
    },
    stop: () => server.close(),
  };
}
