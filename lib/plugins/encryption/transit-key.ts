import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { VaultServer } from '../vault/server.ts';
import type { TransitTarget } from './target.ts';
import type { Form } from './wrapping.ts';

/** What Transit gives: `vault:v<version>:<base64>`. */
export const TRANSIT: Form = { name: 'vault', separator: ':' };

/** What is asked of a Transit engine. */
export const TRANSIT_PARTS = ['keys', 'encrypt', 'decrypt', 'rewrap'];

const keyReply = z.object({ data: z.object({ latest_version: z.int(), min_decryption_version: z.int() }) });
const sealed = z.object({ data: z.object({ ciphertext: z.string() }) });
const rewrapped = z.object({
  data: z.object({ batch_results: z.array(z.object({ ciphertext: z.string().optional() })) }),
});

/** What a check wraps: it is no secret. */
const CHECK = Buffer.from('keyturn').toString('base64');

export interface TransitKey {
  versions(): Promise<{ readonly latest: number; readonly least: number }>;
  rotate(): Promise<void>;
  /** Has every earlier version refused. */
  refuseBefore(version: number): Promise<void>;
  /** A ciphertext under one version; undefined where that is refused. */
  check(version: number): Promise<string | undefined>;
  opens(ciphertext: string): Promise<boolean>;
  /** Under one version, in the same order; undefined for what does not open. */
  rewrap(ciphertexts: readonly string[], version: number): Promise<readonly (string | undefined)[]>;
}

/** One key of a Transit engine. @throws TargetNotPrepared where there is none */
export function transitKey({ mount, key }: TransitTarget, server: VaultServer): TransitKey {
  const subject = `vault ${mount}/keys/${key}`;
  const post = (path: string, json: object) =>
    server({ verb: 'write', path: `${mount}/${path}`, json, capability: 'update' });
  const change = async (path: string, json: object): Promise<void> => {
    const { status } = await post(path, json);
    if (status !== 200 && status !== 204) throw odd(subject, status);
  };
  return {
    versions: async () => {
      const { status, body } = await server({ verb: 'read', path: `${mount}/keys/${key}`, capability: 'read' });
      if (status === 404) throw new RotationError('TargetNotPrepared', { subject, detail: 'there is no such key' });
      const reply = keyReply.safeParse(body);
      if (status !== 200 || !reply.success) throw odd(subject, status);
      return { latest: reply.data.data.latest_version, least: reply.data.data.min_decryption_version };
    },
    rotate: () => change(`keys/${key}/rotate`, {}),
    refuseBefore: (version) => change(`keys/${key}/config`, { min_decryption_version: version }),
    check: async (version) => {
      const { body } = await post(`encrypt/${key}`, { plaintext: CHECK, key_version: version });
      return sealed.safeParse(body).data?.data.ciphertext;
    },
    opens: async (ciphertext) => (await post(`decrypt/${key}`, { ciphertext })).status === 200,
    rewrap: async (ciphertexts, version) => {
      if (ciphertexts.length === 0) return [];
      const input = ciphertexts.map((ciphertext) => ({ ciphertext, key_version: version }));
      const { status, body } = await post(`rewrap/${key}`, { batch_input: input });
      const results = rewrapped.safeParse(body).data?.data.batch_results;
      if (results?.length !== ciphertexts.length) throw odd(`vault ${mount}/rewrap/${key}`, status);
      return results.map(({ ciphertext }) => ciphertext);
    },
  };
}

const odd = (subject: string, status: number) =>
  new RotationError('ConfigInvalid', { subject, detail: 'is it a Transit engine?', code: `http-${status}` });
