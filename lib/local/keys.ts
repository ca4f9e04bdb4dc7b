import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { keyIdOf } from '../core/audit-chain.ts';
import { RotationError } from '../core/errors.ts';
import { createKeyFile, readKeyFile } from '../core/key-file.ts';

/** What the ledger's keys can do; the keys themselves stay inside. */
export interface LedgerKeys {
  /** HMAC-SHA-256, 64 hex digits. */
  fingerprint(canonicalValue: string): string;
  /** AES-256-GCM, base64url. */
  seal(token: string): string;
  /** @throws ValueCorrupt for anything that `seal` did not return */
  unseal(sealed: string): string;
  /** Ed25519, base64. */
  sign(text: string): string;
  verify(text: string, signature: string): boolean;
  /** Whether a fingerprint, of this key or of one before it, is this value's. */
  isFingerprint(canonicalValue: string, fingerprint: string): boolean;
  /** Names the signing key: 16 hex digits. */
  readonly auditKeyId: string;
  /** SubjectPublicKeyInfo in base64, for verification away from this machine. */
  readonly auditPublicKey: string;
}

const key256 = z.base64().refine((text) => Buffer.from(text, 'base64').length === 32);
const keyFile = z.strictObject({
  format: z.literal(1),
  fingerprint: key256,
  token: key256,
  audit: z.base64(),
  /** Keys that were exchanged, the newest first: with them old fingerprints are compared. */
  formerFingerprints: z.array(key256).default([]),
  /** Public keys whose private ones were exchanged and are gone: old signatures still verify. */
  formerAudits: z.array(z.base64()).default([]),
});
export type KeyFile = z.output<typeof keyFile>;

/** Where the ledger's keys lie below a data directory. */
export const ledgerKeyFile = (dataDir: string): string => join(dataDir, 'keys', 'ledger.key');

/**
 * The ledger's keys, in one file (0600 in a directory of 0700), so that a crash leaves all of them or none.
 * They are made for a new ledger only: a ledger whose keys are gone can neither be verified nor compared with.
 *
 * @throws KeyFileExposed, KeyFileInvalid, StorageFailed
 */
export function openKeys(dataDir: string): LedgerKeys {
  const file = ledgerKeyFile(dataDir);
  const used = fs.existsSync(join(dataDir, 'ledger.db'));
  const found = readKeyFile(fs, file);
  if (found === undefined && used) {
    throw new RotationError('KeyFileInvalid', {
      subject: file,
      detail: 'it is missing, and the ledger was written with it',
    });
  }
  return ledgerKeys(parseKeys(found ?? create(dataDir, file), file));
}

function create(dataDir: string, file: string): string {
  try {
    fs.mkdirSync(join(dataDir, 'keys'), { recursive: true, mode: 0o700 });
  } catch {
    throw new RotationError('StorageFailed', {
      subject: join(dataDir, 'keys'),
      detail: 'the directory cannot be made',
    });
  }
  const fresh = { format: 1, fingerprint: newKey(), token: newKey(), audit: newSigner() };
  return createKeyFile(fs, file, `${JSON.stringify(fresh)}\n`, randomUUID());
}

export const newKey = () => randomBytes(32).toString('base64');

export const newSigner = () =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');

export const publicText = (key: KeyObject): string => key.export({ type: 'spki', format: 'der' }).toString('base64');

/** @throws KeyFileInvalid */
export function parseKeys(text: string, file: string): KeyFile & { readonly signer: KeyObject } {
  try {
    const keys = keyFile.parse(JSON.parse(text));
    const signer = createPrivateKey({ key: Buffer.from(keys.audit, 'base64'), format: 'der', type: 'pkcs8' });
    return { ...keys, signer };
  } catch {
    throw new RotationError('KeyFileInvalid', { subject: file, detail: 'it does not hold the three keys of a ledger' });
  }
}

function ledgerKeys(file: KeyFile & { readonly signer: KeyObject }): LedgerKeys {
  const { signer } = file;
  const hmacKey = Buffer.from(file.fingerprint, 'base64');
  const hmacKeys = [hmacKey, ...file.formerFingerprints.map((text) => Buffer.from(text, 'base64'))];
  const tokenKey = Buffer.from(file.token, 'base64');
  const publicKey = createPublicKey(signer);
  const verifiers = [publicKey, ...file.formerAudits.map(publicKeyOf)];
  const auditPublicKey = publicText(publicKey);
  return {
    fingerprint: (value) => hmac(hmacKey, value),
    isFingerprint: (value, fingerprint) => hmacKeys.some((key) => hmac(key, value) === fingerprint),
    seal: (text) => seal(tokenKey, text),
    unseal: (sealed) => unseal(tokenKey, sealed),
    sign: (text) => sign(null, Buffer.from(text), signer).toString('base64'),
    verify: (text, signature) => verifiers.some((key) => verifySignature(key, text, signature)),
    auditKeyId: keyIdOf(auditPublicKey),
    auditPublicKey,
  };
}

const hmac = (key: Buffer, value: string): string => createHmac('sha256', key).update(value).digest('hex');

const publicKeyOf = (text: string): KeyObject =>
  createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });

/** One signature has one spelling: base64 with loose ends would decode to the same bytes. */
function verifySignature(publicKey: KeyObject, text: string, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64');
  return bytes.toString('base64') === signature && verify(null, Buffer.from(text), publicKey, bytes);
}

const NONCE = 12;
const TAG = 16;

function seal(key: Buffer, text: string): string {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

function unseal(key: Buffer, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const body = bytes.subarray(NONCE, -TAG);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE), { authTagLength: TAG });
    decipher.setAuthTag(bytes.subarray(-TAG));
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch {
    throw new RotationError('ValueCorrupt', { subject: 'a sealed task token' });
  }
}
