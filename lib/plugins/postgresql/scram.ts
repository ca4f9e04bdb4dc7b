import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '../../core/ports.ts';

const ITERATIONS = 4096;
const SALT_BYTES = 16;

/**
 * What PostgreSQL keeps of a password, `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (RFC 5803): the password
 * itself is never sent, so no statement log of the server can hold it.
 */
export async function scramVerifier(password: string, random: Random): Promise<string> {
  return verifierWithSalt(password, Buffer.from(random.bytes(SALT_BYTES)));
}

/** The verifier of a given salt: RFC 5802, section 3. */
export async function verifierWithSalt(password: string, salt: Buffer): Promise<string> {
  const salted = await promisify(pbkdf2)(await prepared(password), salt, ITERATIONS, 32, 'sha256');
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** SASLprep leaves printable ASCII as it is; the tables for the rest are loaded only when they are needed. */
async function prepared(password: string): Promise<string> {
  if (/^[\x20-\x7e]*$/.test(password)) return password;
  const { default: saslprep } = await import('saslprep');
  try {
    return saslprep(password);
  } catch {
    // PostgreSQL takes a password that SASLprep prohibits as it is.
    return password;
  }
}
