import type { StartPart } from '../part.ts';
import { apiKeys, grafana } from './issuers.ts';
import { login } from './login.ts';
import { postgresql } from './postgresql.ts';

/** Every system of the estate. */
export const PARTS: readonly StartPart[] = [postgresql, apiKeys, grafana, login];
