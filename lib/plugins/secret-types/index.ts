import type { SecretTypePlugin } from '../../core/ports.ts';
import { postgresql } from './postgresql.ts';

/** Every secret type that comes with Keyturn; a name in it is a `type` of keyturn.yaml. */
export const secretTypes: readonly SecretTypePlugin[] = [postgresql];
