import type { SecretTypePlugin } from '../../core/ports.ts';
import { apiKey } from './api-key.ts';
import { certificate } from './certificate.ts';
import { encryptionKey } from './encryption-key.ts';
import { generic } from './generic.ts';
import { jwtSigningKey } from './jwt-signing-key.ts';
import { postgresql } from './postgresql.ts';
import { redis } from './redis.ts';
import { serviceToken } from './service-token.ts';

/** Every secret type that comes with Keyturn; a name in it is a `type` of keyturn.yaml. */
export const secretTypes: readonly SecretTypePlugin[] = [
  apiKey,
  certificate,
  encryptionKey,
  generic,
  jwtSigningKey,
  postgresql,
  redis,
  serviceToken,
];
