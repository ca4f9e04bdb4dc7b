import { createPublicKey, verify } from 'node:crypto';
import { z } from 'zod';
import { type ChainFinding, headText, keyIdOf, verifyChain } from '../core/audit-chain.ts';
import { RotationError } from '../core/errors.ts';
import { parsedJson } from './cause.ts';
import { readText } from './input-file.ts';

/** An audit chain that verifies away from the machine that wrote it. Records and head are kept unparsed, as they may be tampered with. */
const bundle = z.strictObject({
  format: z.literal('keyturn-audit-1'),
  note: z.string(),
  exportedAt: z.iso.datetime(),
  organization: z.string(),
  /** Ed25519, SubjectPublicKeyInfo in base64. */
  publicKey: z.string().regex(/^MCowBQYDK2VwAyEA[A-Za-z0-9+/]{43}=$/),
  keyId: z.string(),
  head: z.unknown(),
  records: z.array(z.unknown()),
});
export type Bundle = z.output<typeof bundle>;

/** @throws InputInvalid */
export function readBundle(file: string): Bundle {
  const parsed = bundle.safeParse(parsedJson(readText(file)));
  if (parsed.success) return parsed.data;
  throw new RotationError('InputInvalid', { subject: file, detail: 'it is no bundle of `keyturn audit export`' });
}

interface Verdict {
  readonly records: number;
  readonly findings: readonly ChainFinding[];
}

/** @param expectedKey the public key as it is known from elsewhere; without it the bundle vouches for its own key */
export function verifyBundle({ records, head, publicKey }: Bundle, expectedKey: string | undefined): Verdict {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
  const foreign = expectedKey !== undefined && expectedKey !== publicKey;
  const findings = verifyChain(records, {
    head,
    verifySignature: (signed) =>
      signed.keyId === keyIdOf(publicKey) &&
      verify(null, Buffer.from(headText(signed)), key, Buffer.from(signed.signature, 'base64')),
  });
  return {
    records: records.length,
    findings: foreign
      ? [{ seq: 0, problem: 'it is signed by another key than the one expected' }, ...findings]
      : findings,
  };
}
