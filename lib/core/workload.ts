import canonicalize from 'canonicalize';
import type { ConsumerEntry } from './config.ts';

/** What a consumer's restart restarts: two that are configured alike are one workload. Undefined where nothing is. */
export const workloadOf = ({ restart }: ConsumerEntry): string | undefined =>
  restart === undefined || restart.use === 'none'
    ? undefined
    : canonicalize({ use: restart.use, config: restart.config });
