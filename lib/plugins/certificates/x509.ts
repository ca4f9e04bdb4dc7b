import { webcrypto } from 'node:crypto';

/** The library that writes certificates, requests and lists, on Node's own cryptography. */
export async function x509() {
  await import('reflect-metadata');
  const library = await import('@peculiar/x509');
  library.cryptoProvider.set(webcrypto);
  return library;
}
