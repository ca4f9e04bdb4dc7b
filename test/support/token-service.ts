import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, importPKCS8, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { startServer } from './http-server.ts';

const signerFile = z.object({ kid: z.string(), algorithm: z.string(), key: z.string(), version: z.string() });
const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

export interface TokenServiceOptions {
  readonly secretId: string;
  /** What the signer reads before each token: `{ kid, algorithm, key, version }`. */
  readonly signer: string;
  /** The published keys. */
  readonly document: string;
  /** Seconds. */
  readonly tokenLife: number;
  /** Milliseconds for which the verifier keeps the document. */
  readonly cacheMs: number;
}

interface Issued {
  readonly token: string;
  readonly kid: string;
  readonly until: number;
}

/** A signer and a verifier under traffic: tokens are made all the time, and each is shown again and again until it expires. */
export async function startTokenService(options: TokenServiceOptions) {
  const counts = { signed: 0, accepted: 0 };
  const refused: string[] = [];
  const kids = new Set<string>();
  let outstanding: Issued[] = [];
  let running = true;
  let cached: { keys: ReturnType<typeof createLocalJWKSet>; until: number } | undefined;

  const signer = async () => signerFile.parse(JSON.parse(await readFile(options.signer, 'utf8')));
  const sign = async (): Promise<Issued> => {
    const { kid, algorithm, key } = await signer();
    const until = Date.now() + options.tokenLife * 1000;
    const token = await new SignJWT({ sub: 'orders' })
      .setProtectedHeader({ alg: algorithm, kid })
      .setExpirationTime(until / 1000)
      .sign(await importPKCS8(key, algorithm));
    return { token, kid, until };
  };
  const keys = async () => {
    if (cached !== undefined && Date.now() < cached.until) return cached.keys;
    const document = jwks.parse(JSON.parse(await readFile(options.document, 'utf8')));
    cached = { keys: createLocalJWKSet(document), until: Date.now() + options.cacheMs };
    return cached.keys;
  };
  /** A token that expires while it is looked at proves nothing. */
  const show = async ({ token, kid, until }: Issued): Promise<void> => {
    try {
      await jwtVerify(token, await keys());
      counts.accepted += 1;
    } catch (error) {
      if (Date.now() < until) refused.push(`${kid}: ${String(error)}`);
    }
  };
  const traffic = (async () => {
    while (running) {
      const fresh = await sign();
      counts.signed += 1;
      kids.add(fresh.kid);
      outstanding = [...outstanding.filter(({ until }) => until > Date.now()), fresh].slice(-40);
      for (const issued of outstanding) await show(issued);
      await new Promise((done) => setTimeout(done, 20));
    }
  })();
  const server = await startServer(async (request, reply) => {
    if (request.url === '/jwks.json') return reply.end(await readFile(options.document));
    const { version } = await signer();
    return reply.end(JSON.stringify({ versions: { [options.secretId]: version } }));
  });
  return {
    origin: server.origin,
    counts,
    refused,
    kids,
    close: async () => {
      running = false;
      await traffic;
      await server.close();
    },
  };
}
