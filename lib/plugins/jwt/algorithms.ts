import { createPrivateKey, createPublicKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Random } from '../../core/ports.ts';

export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'HS256'] as const;
export const algorithm = z.enum(ALGORITHMS);
export type Algorithm = z.output<typeof algorithm>;

/** A public key as a JWKS holds it. */
export type PublicJwk = JsonWebKey & { readonly kid: string };

/** HS256 signs and verifies with one key, which is therefore never published. */
export const isSymmetric = (name: string): boolean => name === 'HS256';

const pairs = promisify(generateKeyPair);

const PAIRS: Readonly<Record<Exclude<Algorithm, 'HS256'>, () => Promise<{ privateKey: KeyObject }>>> = {
  RS256: () => pairs('rsa', { modulusLength: 2048 }),
  ES256: () => pairs('ec', { namedCurve: 'P-256' }),
  EdDSA: () => pairs('ed25519'),
};

/** 256 bits, as RFC 7518 asks of HS256. */
const HS256_BYTES = 32;

/** A new key: PKCS #8 in PEM, or base64url of the bytes of HS256. */
export async function makeKey(name: Algorithm, random: Random): Promise<string> {
  if (name === 'HS256') return Buffer.from(random.bytes(HS256_BYTES)).toString('base64url');
  const { privateKey } = await PAIRS[name]();
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** @throws an error of node:crypto for a text that is no private key */
export const publicPart = (material: string): JsonWebKey =>
  createPublicKey(createPrivateKey(material)).export({ format: 'jwk' });

const FORMS: Readonly<Record<Exclude<Algorithm, 'HS256'>, (jwk: JsonWebKey) => boolean>> = {
  RS256: ({ kty }) => kty === 'RSA',
  ES256: ({ crv }) => crv === 'P-256',
  EdDSA: ({ crv }) => crv === 'Ed25519',
};

/** Whether a text is a key for the algorithm. */
export function isKeyFor(name: Algorithm, material: string): boolean {
  if (name === 'HS256') return /^[A-Za-z0-9_-]{43,}$/.test(material);
  try {
    return FORMS[name](publicPart(material));
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
