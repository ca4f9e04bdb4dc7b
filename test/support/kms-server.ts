import { createCipheriv, createDecipheriv, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { KMSClient } from '@aws-sdk/client-kms';
import { z } from 'zod';
import { startServer } from './http-server.ts';

/**
 * KMS as far as the ledger's keys need it, over the published JSON protocol: Encrypt and Decrypt (bound to key and encryption
 * context), GenerateMac (HMAC_SHA_256), Sign (ECDSA_SHA_256, RAW) and GetPublicKey. Left out: credentials, policies, limits,
 * rotation and all other operations.
 */

const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const encryptionContext = z.record(z.string(), z.string()).default({});

/** An answer: fields of base64 and text, or the name of an error. */
type Answer = Readonly<Record<string, string>> | { readonly __type: string };

export interface KmsServer {
  readonly endpoint: string;
  readonly client: KMSClient;
  /** The operations that were asked for, in order. */
  readonly operations: readonly string[];
  /** Every call fails with this error from now on. */
  fail(error: string): void;
  close(): Promise<void>;
}

export async function startKms(): Promise<KmsServer> {
  const operations: string[] = [];
  const operate = kmsOperations();
  let failure: string | undefined;
  const server = await startServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const operation = String(request.headers['x-amz-target']).replace('TrentService.', '');
    operations.push(operation);
    const input: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const answer = failure === undefined ? (operate[operation]?.(input) ?? unknown) : { __type: failure };
    reply.writeHead('__type' in answer ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    reply.end(JSON.stringify(answer));
  });
  const client = new KMSClient({
    endpoint: server.origin,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return {
    endpoint: server.origin,
    client,
    operations,
    fail: (error) => {
      failure = error;
    },
    close: async () => {
      client.destroy();
      await server.close();
    },
  };
}

const unknown: Answer = { __type: 'UnknownOperationException' };
const corrupt: Answer = { __type: 'InvalidCiphertextException' };

const encryptInput = z.object({ KeyId: z.string(), Plaintext: base64, EncryptionContext: encryptionContext });
const decryptInput = z.object({ KeyId: z.string(), CiphertextBlob: base64, EncryptionContext: encryptionContext });
const macInput = z.object({ Message: base64, MacAlgorithm: z.literal('HMAC_SHA_256') });
const signInput = z.object({
  Message: base64,
  MessageType: z.literal('RAW'),
  SigningAlgorithm: z.literal('ECDSA_SHA_256'),
});

function kmsOperations(): Readonly<Record<string, (input: unknown) => Answer>> {
  const secret = randomBytes(32);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const aadOf = (keyId: string, context: object) => Buffer.from(JSON.stringify([keyId, context]));
  return {
    Encrypt: (input) => {
      const { KeyId, Plaintext, EncryptionContext } = encryptInput.parse(input);
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(aadOf(KeyId, EncryptionContext));
      const body = Buffer.concat([cipher.update(Plaintext), cipher.final()]);
      return { KeyId, CiphertextBlob: Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64') };
    },
    Decrypt: (input) => {
      const { KeyId, CiphertextBlob, EncryptionContext } = decryptInput.parse(input);
      if (CiphertextBlob.length === 0) return { __type: 'ValidationException' };
      if (CiphertextBlob.length < 28) return corrupt;
      const decipher = createDecipheriv('aes-256-gcm', secret, CiphertextBlob.subarray(0, 12));
      decipher.setAAD(aadOf(KeyId, EncryptionContext)).setAuthTag(CiphertextBlob.subarray(12, 28));
      try {
        const plain = Buffer.concat([decipher.update(CiphertextBlob.subarray(28)), decipher.final()]);
        return { KeyId, Plaintext: plain.toString('base64') };
      } catch {
        return corrupt;
      }
    },
    GenerateMac: (input) => ({
      Mac: createHmac('sha256', secret).update(macInput.parse(input).Message).digest('base64'),
    }),
    Sign: (input) => ({ Signature: sign('sha256', signInput.parse(input).Message, privateKey).toString('base64') }),
    GetPublicKey: () => ({ PublicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') }),
  };
}
