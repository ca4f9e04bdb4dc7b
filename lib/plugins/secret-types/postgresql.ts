import { defineSecretType } from '../../core/plugin.ts';
import { address, postgresqlTarget } from '../postgresql/target.ts';

/** New connections of a single role are refused from the new password until a consumer has reloaded: no longer than this. */
const MAX_GAP_SECONDS = 5;

/** A login at a PostgreSQL server, 14 or newer: two roles that alternate below one owner, or one whose password is replaced. */
export const postgresql = defineSecretType({
  name: 'postgresql',
  summary: 'A PostgreSQL login: two roles alternate below one owner role, or one role with a short gap.',
  config: postgresqlTarget,
  capabilities: ['dual', 'single', 'sessions', 'prepares'],
  flow: 'overlap',
  fields: ['username', 'password'],
  overlap: ({ roles }) => (roles.length === 2 ? { kind: 'dual' } : { kind: 'single', maxGapSeconds: MAX_GAP_SECONDS }),
  templateFields: ({ host, port, database }) => ({ host, port: String(port), database }),
  identities: (target) => target.roles.map((role) => `postgresql:${address(target)}/${role}`),
  create: async (target, deps) => {
    const { postgresqlClient } = await import('../postgresql/client.ts');
    return postgresqlClient(target, deps);
  },
});
