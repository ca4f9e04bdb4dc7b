import type { StartPart } from '../part.ts';
import { archive } from './archive.ts';
import { certificates } from './certificates.ts';
import { apiKeys, grafana } from './issuers.ts';
import { login } from './login.ts';
import { postgresql } from './postgresql.ts';
import { redis } from './redis.ts';
import { shared } from './shared.ts';

/** Every system of the estate. */
export const PARTS: readonly StartPart[] = [postgresql, redis, apiKeys, grafana, login, archive, certificates, shared];
