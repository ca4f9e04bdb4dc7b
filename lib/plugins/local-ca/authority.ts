import { createHash, type KeyObject, webcrypto, type X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { RotationError } from '../../core/errors.ts';
import { readKeyFile } from '../../core/key-file.ts';
import type { PluginDeps } from '../../core/ports.ts';
import { nameOf } from '../certificates/chain.ts';
import { certificateIn, privateKeyIn } from '../certificates/pem.ts';
import { readPem } from '../certificates/pem-file.ts';
import type { AuthorityPlace } from './settings.ts';

/** Who signs certificates and revocation lists. */
export interface Authority {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  /** Its public key's SHA-1, as a renewed certificate of the same key has it too; hex. */
  readonly id: string;
}

type Deps = Pick<PluginDeps, 'baseDir' | 'credential'>;

/** @throws KeyFileExposed, KeyFileInvalid, StorageFailed, ReferenceMissing, ConfigInvalid */
export async function readAuthority(place: AuthorityPlace, deps: Deps): Promise<Authority> {
  const { subject, certificate: pem, key: secret } = await textsOf(place, deps);
  const [certificate, key] = [certificateIn(pem, subject), privateKeyIn(secret, `the key of ${subject}`)];
  if (!certificate.checkPrivateKey(key))
    throw new RotationError('ConfigInvalid', { subject, detail: 'its key is another' });
  if (!certificate.ca)
    throw new RotationError('ConfigInvalid', { subject, detail: 'it may not sign: it is no CA certificate' });
  return { certificate, key, id: idOf(certificate) };
}

async function textsOf(place: AuthorityPlace, { baseDir, credential }: Deps) {
  if ('secret' in place) {
    const value = await credential(place.secret);
    const [certificate = '', key = ''] = [value.field('certificate'), value.field('private_key')];
    return { subject: `authority ${place.secret}`, certificate, key };
  }
  const keyFile = resolve(baseDir, place.keyFile);
  const key = readKeyFile(fs, keyFile);
  if (key === undefined)
    throw new RotationError('KeyFileInvalid', { subject: keyFile, detail: 'there is no such file' });
  return {
    subject: `authority ${place.certificateFile}`,
    certificate: await readPem(resolve(baseDir, place.certificateFile)),
    key,
  };
}

export const idOf = ({ publicKey }: X509Certificate): string =>
  createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');

/** Its key as the library signs with it. @throws ConfigInvalid for a kind of key that is neither EC nor RSA */
export async function signingKey({ key, certificate }: Authority): Promise<webcrypto.CryptoKey> {
  const algorithm = algorithmOf(key);
  if (algorithm === undefined)
    throw new RotationError('ConfigInvalid', {
      subject: `authority ${nameOf(certificate)}`,
      detail: 'its key is neither RSA nor one of the curves P-256, P-384 and P-521',
    });
  return webcrypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), algorithm, false, ['sign']);
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  if (asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const namedCurve = CURVES[asymmetricKeyDetails?.namedCurve ?? ''];
  return asymmetricKeyType === 'ec' && namedCurve !== undefined ? { name: 'ECDSA', namedCurve } : undefined;
}
