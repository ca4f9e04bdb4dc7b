import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from '../../core/ports.ts';
import type { RingKey } from '../keyring/ring.ts';

/** How ciphertexts of one kind begin: `<name><separator><key id><separator>`. */
export interface Form {
  readonly name: string;
  readonly separator: string;
}

/**
 * A data key that is wrapped by a key of the ring: `kt1.<key id>.<base64url of nonce, ciphertext and tag>`, AES-256-GCM with
 * a nonce of 12 bytes, a tag of 16, and `kt1.<key id>` as additional data.
 */
export const WRAPPED: Form = { name: 'kt1', separator: '.' };

/** The id of the key that a ciphertext is under; undefined for what is none of this form. */
export function keyIdIn(text: string, { name, separator }: Form): string | undefined {
  const [head, kid] = text.split(separator, 2);
  return head === name && kid !== '' ? kid : undefined;
}

const NONCE = 12;
const TAG = 16;
const KEY = 32;

/** The bytes of a key of the ring; undefined when they are not 256 bits. */
export function bytesOf({ material = '' }: Pick<RingKey, 'material'>): Buffer | undefined {
  const bytes = Buffer.from(material, 'base64');
  return bytes.length === KEY && bytes.toString('base64') === material ? bytes : undefined;
}

export const makeKey = (random: Random): string => Buffer.from(random.bytes(KEY)).toString('base64');

/** @throws a defect's error for a key that is none, which a ring's check excludes */
export function wrap(key: RingKey, plain: Uint8Array, random: Random): string {
  const head = `${WRAPPED.name}.${key.kid}`;
  const nonce = random.bytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', bytesOf(key) ?? '', nonce).setAAD(Buffer.from(head));
  const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `${head}.${sealed.toString('base64url')}`;
}

/** Undefined for what the key does not open: it is another's, or was changed. */
export function unwrap(key: RingKey, text: string): Buffer | undefined {
  const [name, kid, body = '', ...rest] = text.trim().split('.');
  const bytes = bytesOf(key);
  const sealed = Buffer.from(body, 'base64url');
  const isOurs = name === WRAPPED.name && kid === key.kid && rest.length === 0;
  if (!isOurs || bytes === undefined || sealed.length < NONCE + TAG) return undefined;
  const open = createDecipheriv('aes-256-gcm', bytes, sealed.subarray(0, NONCE));
  open.setAAD(Buffer.from(`${name}.${kid}`)).setAuthTag(sealed.subarray(-TAG));
  return opened(() => Buffer.concat([open.update(sealed.subarray(NONCE, -TAG)), open.final()]));
}

function opened(work: () => Buffer): Buffer | undefined {
  try {
    return work();
  } catch (error) {
    // The tag does not fit: node:crypto says so by a plain Error.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
