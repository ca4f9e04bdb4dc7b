import { z } from 'zod';
import { duration } from '../../core/duration.ts';
import { issuerUse } from '../../core/issuer-ports.ts';
import { KEY_TYPE_NAMES } from './key-types.ts';
import { hostName } from './names.ts';
import { publicLife } from './public-life.ts';

/** Where a certificate is served; keys of an endpoint and of the verifier that shakes hands. */
export const endpointFields = {
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** The name that the client asks for (SNI) and that the certificate must bear; the host when absent. */
  serverName: hostName.optional(),
  timeoutSeconds: z.int().min(1).max(60).default(10),
};

export type Endpoint = z.output<z.ZodObject<typeof endpointFields>>;

export const certificateTarget = z.strictObject({
  /** At most 64 characters, as X.509 has it. */
  commonName: hostName.max(64),
  /** What clients compare with the name they asked for. The common name is one of them, whether it is listed or not. */
  sans: z.array(hostName).default([]),
  keyType: z.enum(KEY_TYPE_NAMES).default('ec-p256'),
  /** Renewed when two thirds of it have passed. */
  lifetime: duration,
  /** Under an authority that browsers know: their maximum holds, whatever `lifetime` says. */
  public: z.boolean().default(false),
  issuer: issuerUse,
  /** Where the old certificate must no longer be served before it is revoked. */
  endpoints: z.array(z.strictObject(endpointFields)).default([]),
  /** The certificate may be signed by the root itself, without an intermediate. */
  fromRoot: z.boolean().default(false),
});
export type CertificateTarget = z.output<typeof certificateTarget>;

/** Seconds that a certificate lives which is made at this moment (epoch ms). */
export const lifeOf = (target: Pick<CertificateTarget, 'lifetime' | 'public'>, madeAt: number): number =>
  target.public ? Math.min(target.lifetime, publicLife(madeAt)) : target.lifetime;

export const sansOf = ({ commonName, sans }: CertificateTarget): string[] => [...new Set([commonName, ...sans])];
