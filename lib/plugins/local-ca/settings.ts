import { z } from 'zod';
import { duration } from '../../core/duration.ts';
import { secretReference } from '../../core/references.ts';

const file = z.string().min(1);

/** Where an authority's certificate and key are: in files, or in fields `certificate` and `private_key` of a secret. */
const authority = z.union(
  [z.strictObject({ certificateFile: file, keyFile: file }), secretReference],
  'expected { certificateFile, keyFile } or { secret: <id> }',
);
export type AuthorityPlace = z.output<typeof authority>;

export const localCaSettings = z.strictObject({
  use: z.literal('local-ca'),
  /** The intermediate that signs. Files are relative to keyturn.yaml, PEM; a key file has mode 0600. */
  authority,
  /** Authorities that signed before: they sign no more, and revoke what they have signed. */
  earlier: z.array(authority).default([]),
  /** The offline root that all chains end at, with what lies between it and the authorities; only certificates. */
  rootFile: file,
  /** Keeps the list of serials and a revocation list of each authority; below the data directory when relative. */
  directory: file.default('local-ca'),
  /** Whom it signs for: names, or `.internal` for all names below one. Any when absent. */
  names: z.array(z.string().min(1)).min(1).optional(),
  maxLife: duration.optional(),
  /** Where clients find the revocation list; stands in every certificate. */
  crlUrl: z.url().optional(),
  /** How long a revocation list holds; each signing renews one that is half through. */
  crlLife: duration.prefault('7d'),
});
export type LocalCaSettings = z.output<typeof localCaSettings>;
