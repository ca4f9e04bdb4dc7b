import type { RingKey } from '../keyring/ring.ts';
import { isSymmetric } from './algorithms.ts';
import type { Jwks } from './jwks-document.ts';

/** Whether a token that is signed with this key verifies with the published keys. The token goes nowhere. */
export async function verifiesWith(key: RingKey, { keys }: Jwks): Promise<boolean> {
  const { kid, algorithm: alg = '', material = '' } = key;
  const named = keys.filter((jwk) => jwk.kid === kid);
  if (named.length === 0 || isSymmetric(alg)) return false;
  const { createLocalJWKSet, errors, importPKCS8, jwtVerify, SignJWT } = await import('jose');
  const token = await new SignJWT({ use: 'test' })
    .setProtectedHeader({ alg, kid })
    .sign(await importPKCS8(material, alg));
  try {
    await jwtVerify(token, createLocalJWKSet({ keys: named.map((jwk) => ({ ...jwk, kid, kty: String(jwk.kty) })) }));
    return true;
  } catch (error) {
    // A published key of another kind is an error of the platform's.
    if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException) return false;
    throw error;
  }
}
