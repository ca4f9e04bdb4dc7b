import { createPublicKey, verify as verifySignature } from 'node:crypto';
import {
  DecryptCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  type KMSClient,
  SignCommand,
} from '@aws-sdk/client-kms';
import { keyIdOf } from '../core/audit-chain.ts';
import { awsCode } from '../core/aws-code.ts';
import { RotationError } from '../core/errors.ts';
import type { LedgerKeys } from './ledger-keys.ts';

export interface KmsKeyIds {
  /** HMAC_256 */
  readonly fingerprint: string;
  /** Symmetric */
  readonly token: string;
  /** ECC_NIST_P256, SIGN_VERIFY */
  readonly audit: string;
}

/** The role may encrypt under this context and no other. */
const EncryptionContext = { purpose: 'task-token' };

/** @throws LedgerUnavailable where KMS does not answer */
export function kmsKeys(kms: KMSClient, ids: KmsKeyIds): LedgerKeys {
  let publicKey: Promise<Buffer> | undefined;
  /** It does not change as long as the key lives, so that it is asked for once. */
  const auditPublicKey = () => {
    publicKey ??= readPublicKey(kms, ids.audit).catch((error: unknown) => {
      publicKey = undefined;
      throw error;
    });
    return publicKey;
  };
  return {
    fingerprint: async (value) => {
      const command = new GenerateMacCommand({
        KeyId: ids.fingerprint,
        MacAlgorithm: 'HMAC_SHA_256',
        Message: bytes(value),
      });
      const { Mac } = await naming(ids.fingerprint, () => kms.send(command));
      return toBuffer(Mac).toString('hex');
    },
    seal: async (token) => {
      const command = new EncryptCommand({ KeyId: ids.token, Plaintext: bytes(token), EncryptionContext });
      const { CiphertextBlob } = await naming(ids.token, () => kms.send(command));
      return toBuffer(CiphertextBlob).toString('base64url');
    },
    unseal: async (sealed) => {
      const command = new DecryptCommand({
        KeyId: ids.token,
        CiphertextBlob: Buffer.from(sealed, 'base64url'),
        EncryptionContext,
      });
      const { Plaintext } = await naming(ids.token, () => kms.send(command));
      return toBuffer(Plaintext).toString('utf8');
    },
    sign: async (text) => {
      const command = new SignCommand({
        KeyId: ids.audit,
        SigningAlgorithm: 'ECDSA_SHA_256',
        MessageType: 'RAW',
        Message: bytes(text),
      });
      const { Signature } = await naming(ids.audit, () => kms.send(command));
      return toBuffer(Signature).toString('base64');
    },
    verify: async (text, signature) => {
      const key = createPublicKey({ key: await auditPublicKey(), format: 'der', type: 'spki' });
      return verifySignature('sha256', bytes(text), key, Buffer.from(signature, 'base64'));
    },
    auditKeyId: async () => keyIdOf((await auditPublicKey()).toString('base64')),
  };
}

async function readPublicKey(kms: KMSClient, KeyId: string): Promise<Buffer> {
  const { PublicKey } = await naming(KeyId, () => kms.send(new GetPublicKeyCommand({ KeyId })));
  return toBuffer(PublicKey);
}

const bytes = (text: string) => Buffer.from(text, 'utf8');
const toBuffer = (blob: Uint8Array | undefined) => Buffer.from(blob ?? []);

/** What KMS says of a text that was not encrypted by this key, or is none at all. */
const CORRUPT = ['InvalidCiphertextException', 'IncorrectKeyException', 'ValidationException'];

async function naming<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = awsCode(error);
    throw new RotationError(CORRUPT.includes(code) ? 'ValueCorrupt' : 'LedgerUnavailable', {
      subject: `key ${key}`,
      code,
    });
  }
}
