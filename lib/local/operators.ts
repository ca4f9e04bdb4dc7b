import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import { errorCode, RotationError } from '../core/errors.ts';

/** What an operator signs: a vote, or a request for a rotation. */
export type Statement = Readonly<Record<string, string>>;

/** Makes an operator's Ed25519 key in a new file (PKCS#8 PEM, 0600). @returns the public key as keyturn.yaml wants it */
export function createOperatorKey(file: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new RotationError('StorageFailed', {
      subject: file,
      detail: 'a key is written to a new file only',
      code: errorCode(error) ?? '',
    });
  }
  return publicText(privateKey);
}

const publicText = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');

/** @throws KeyFileExposed when others can read it, KeyFileInvalid when it is no Ed25519 key */
export function readOperatorKey(file: string): KeyObject {
  const pem = readPrivate(file);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    throw new RotationError('KeyFileInvalid', {
      subject: file,
      detail: 'expected an Ed25519 private key in PEM',
      code: errorCode(error) ?? '',
    });
  }
  throw new RotationError('KeyFileInvalid', { subject: file, detail: 'expected an Ed25519 private key in PEM' });
}

function readPrivate(file: string): string {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    throw new RotationError('KeyFileInvalid', {
      subject: file,
      detail: 'it cannot be read',
      code: errorCode(error) ?? '',
    });
  }
  try {
    if ((fstatSync(handle).mode & 0o077) !== 0) throw new RotationError('KeyFileExposed', { subject: file });
    return readFileSync(handle, 'utf8');
  } finally {
    closeSync(handle);
  }
}

const bytesOf = (statement: Statement): Buffer => Buffer.from(canonicalize(statement) ?? '');

/** base64 */
export function signStatement(statement: Statement, key: KeyObject): string {
  return sign(null, bytesOf(statement), key).toString('base64');
}

/** @param publicKey as in keyturn.yaml: SubjectPublicKeyInfo in base64 */
export function holdsSignature(statement: Statement, signature: string, publicKey: string): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  return verify(null, bytesOf(statement), key, Buffer.from(signature, 'base64'));
}
