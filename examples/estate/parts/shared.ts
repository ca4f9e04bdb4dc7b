import { randomBytes } from 'node:crypto';
import { Secret } from '../../../lib/core/secret.ts';
import type { Part } from '../part.ts';

const SECRET = 'production/encryption/cookie-secret';

/** A value that nothing but its consumers knows. */
export async function shared(): Promise<Part> {
  const value = randomBytes(32).toString('hex');
  return {
    ports: {},
    first: { [SECRET]: Secret.of({ value }) },
    services: [{ name: 'cookies', secretId: SECRET, kind: 'shared', env: { SHARED_VALUE: value }, port: 47_061 }],
    // There is no target to ask: the evidence says so, and so does this.
    looksAt: [],
    look: async () => 'refused',
    stop: async () => undefined,
  };
}
