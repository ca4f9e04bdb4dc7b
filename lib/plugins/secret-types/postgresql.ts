import { defineSecretType } from '../../core/plugin.ts';
import { address, type PostgresqlTarget, postgresqlTarget, type VaultTarget } from '../postgresql/target.ts';

/** New connections of a single role are refused from the new password until a consumer has reloaded: no longer than this. */
const MAX_GAP_SECONDS = 5;

const isVaults = (target: PostgresqlTarget | VaultTarget): target is VaultTarget => target.mode === 'vault-static-role';

const staticRoleOf = ({ address: at, namespace = '', mount, role }: VaultTarget['vault']) =>
  ['vault', new URL(at).origin, namespace, mount, 'static-roles', role].join('/');

/** A login at a PostgreSQL server, 14 or newer: two roles that alternate below one owner, or one whose password is replaced, by Keyturn or by Vault. */
export const postgresql = defineSecretType({
  name: 'postgresql',
  summary:
    'A PostgreSQL login: two roles alternate below one owner role, or one role with a short gap, whose password Vault may make',
  config: postgresqlTarget,
  capabilities: ['dual', 'single', 'sessions', 'prepares'],
  flow: 'overlap',
  fields: ['username', 'password'],
  overlap: (target) => {
    if (isVaults(target)) return { kind: 'single', maxGapSeconds: target.maxGapSeconds, oneWay: true };
    return target.roles.length === 2 ? { kind: 'dual' } : { kind: 'single', maxGapSeconds: MAX_GAP_SECONDS };
  },
  templateFields: ({ host, port, database }) => ({ host, port: String(port), database }),
  identities: (target) => {
    const roles = isVaults(target) ? [target.username] : target.roles;
    const logins = roles.map((role) => `postgresql:${address(target)}/${role}`);
    return isVaults(target) ? [...logins, staticRoleOf(target.vault)] : logins;
  },
  create: async (target, deps) => {
    if (isVaults(target)) {
      const { vaultRoleClient } = await import('../postgresql/vault-role.ts');
      return vaultRoleClient(target, deps);
    }
    const { postgresqlClient } = await import('../postgresql/client.ts');
    return postgresqlClient(target, deps);
  },
});
