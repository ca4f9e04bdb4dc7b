import { z } from 'zod';
import { duration } from '../../core/duration.ts';
import { httpTarget, secretUrl } from '../../core/http-target.ts';
import { secretHeaders } from '../channels/secret-headers.ts';
import { algorithm, isSymmetric } from './algorithms.ts';

/** Where verifiers find the public keys. */
const publication = z.discriminatedUnion('to', [
  /** A file, relative to keyturn.yaml. */
  z.strictObject({ to: z.literal('file'), path: z.string().min(1) }),
  /** A URL that takes the document by PUT and shows it by GET. */
  z.strictObject({ to: z.literal('http'), ...httpTarget, url: secretUrl, secretHeaders }),
  /** Nowhere: verifiers are consumers, and get the keys by their propagators. */
  z.strictObject({ to: z.literal('secret') }),
]);
export type Publication = z.output<typeof publication>;

export const signingTarget = z
  .strictObject({
    algorithm,
    publish: publication,
    /** How long a verifier may keep the document before it looks again. */
    cacheAge: duration,
    /** The longest life of a token. */
    tokenLife: duration,
    /** How far the clocks of signers and verifiers may differ. */
    skew: duration.prefault('60s'),
  })
  .refine((target) => !isSymmetric(target.algorithm) || target.publish.to === 'secret', {
    error: 'HS256 keys are never published: publish: { to: secret }',
    path: ['publish'],
  });
export type SigningTarget = z.output<typeof signingTarget>;

/** Seconds for which a token that was signed just before the switch may still be used. */
export const oldTokensLive = ({ tokenLife, skew }: SigningTarget): number => tokenLife + skew;
