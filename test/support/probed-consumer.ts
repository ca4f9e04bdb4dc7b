import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { FetchInit } from '../../lib/core/fetch.ts';
import type { Credential } from '../../lib/core/ports.ts';
import { unwrap } from '../../lib/plugins/encryption/wrapping.ts';
import { acceptableIn, type Ring, ringOf } from '../../lib/plugins/keyring/ring.ts';

const asked = z.object({ ciphertexts: z.array(z.string()) });

/** What a consumer with this ring answers to a probe. */
export function probed(ring: Ring, body: string): { sha256: (string | null)[] } {
  const { ciphertexts } = asked.parse(JSON.parse(body));
  const opened = ciphertexts.map((text) =>
    acceptableIn(ring)
      .map((key) => unwrap(key, text))
      .find(Boolean),
  );
  return { sha256: opened.map((plain) => (plain ? createHash('sha256').update(plain).digest('hex') : null)) };
}

/** The same in place of the network. */
export const answering =
  ({ value }: Credential) =>
  async (_url: string, { body = '' }: FetchInit = {}) => ({
    status: 200,
    header: () => undefined,
    text: async () => JSON.stringify(probed(ringOf(value), body)),
  });
