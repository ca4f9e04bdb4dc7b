import type { Catalog } from './catalog.ts';
import type { SecretEntry } from './config.ts';
import { identitiesOf } from './config-checks.ts';

/** The secret, what it changes at the target, and its path in the backend: two runs never meet on any of them. */
export function locksOf(entry: SecretEntry, catalog: Catalog): string[] {
  const identities = identitiesOf(entry, catalog).map((identity) => `target:${identity}`);
  return [`secret:${entry.id}`, ...identities, `path:${entry.backend}:${entry.path}`];
}
