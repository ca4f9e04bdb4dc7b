import type { webcrypto } from 'node:crypto';

type Algorithm = webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams;

const rsa = (modulusLength: number): Algorithm => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength,
});

/** How keys of each type are made. */
export const KEY_TYPES = {
  'ec-p256': { name: 'ECDSA', namedCurve: 'P-256' },
  'ec-p384': { name: 'ECDSA', namedCurve: 'P-384' },
  'rsa-2048': rsa(2048),
  'rsa-3072': rsa(3072),
  'rsa-4096': rsa(4096),
} as const satisfies Record<string, Algorithm>;

export type KeyType = keyof typeof KEY_TYPES;
export const KEY_TYPE_NAMES = ['ec-p256', 'ec-p384', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const satisfies KeyType[];

/** How signatures are made with a key of each algorithm. */
export const signingOf = (algorithm: string): { name: string; hash: string } => ({ name: algorithm, hash: 'SHA-256' });
