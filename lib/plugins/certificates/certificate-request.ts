import { webcrypto } from 'node:crypto';
import { KEY_TYPES, type KeyType, signingOf } from './key-types.ts';
import { isAddress } from './names.ts';
import { x509 } from './x509.ts';

export interface KeyAndRequest {
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  /** PKCS #10, PEM. */
  readonly csr: string;
}

/** A new key, and the request for its certificate. Both are made in memory and touch no disk. */
export async function makeRequest(
  keyType: KeyType,
  commonName: string,
  sans: readonly string[],
): Promise<KeyAndRequest> {
  const { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension, PemConverter } = await x509();
  const keys = await webcrypto.subtle.generateKey(KEY_TYPES[keyType], true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    keys,
    name: [{ CN: [commonName] }],
    signingAlgorithm: signingOf(keys.privateKey.algorithm.name),
    extensions: [new SubjectAlternativeNameExtension(sans.map(generalName))],
  });
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { privateKey: `${PemConverter.encode(exported, 'PRIVATE KEY')}\n`, csr: request.toString('pem') };
}

export const generalName = (name: string): { type: 'dns' | 'ip'; value: string } => ({
  type: isAddress(name) ? 'ip' : 'dns',
  value: name,
});
