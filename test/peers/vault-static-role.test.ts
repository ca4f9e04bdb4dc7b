import { afterAll, beforeAll, describe, vi } from 'vitest';
import { z } from 'zod';
import { vaultRoleContract } from '../contract/vault-role-contract.ts';
import { type OpenBao, startBao } from '../support/openbao.ts';
import { enableAppRole, loginOf } from '../support/openbao-estate.ts';
import { missing } from '../support/peers.ts';
import { sandbox, type TestServer, testServer } from '../support/postgres.ts';
import { readSource } from '../support/sources.ts';
import { vaultRoleWorld } from '../support/vault-role-world.ts';

const why = missing('openbao');
const held = z.object({ data: z.object({ username: z.string(), password: z.string() }) });

/** The policy of docs/vault-static-role.md, for another role than the page's. */
const policyOfThePage = (role: string): string => {
  const [, policy = ''] = /```hcl\n(.*?)```/s.exec(readSource('docs/vault-static-role.md')) ?? [];
  return policy.replaceAll('/orders"', `/${role}"`);
};

describe.skipIf(why !== undefined)(`postgresql with a static role, on OpenBao ${why ?? ''}`, () => {
  let postgres: TestServer;
  let bao: OpenBao;
  let roles = 0;
  beforeAll(async () => {
    [postgres, bao] = await Promise.all([testServer(), startBao()]);
    await enableAppRole(bao);
    await bao.admin('POST', 'sys/mounts/database', { type: 'database' });
  });
  afterAll(async () => {
    await bao?.stop();
    await postgres?.stop();
  });

  const start = async () => {
    roles += 1;
    const box = await sandbox(postgres);
    const [username, role, dynamic] = [box.role('orders'), `orders-${roles}`, `reports-${roles}`];
    await box.sql(`CREATE ROLE ${username} LOGIN PASSWORD 'not yet of the engine'`);
    const { user, password } = postgres.superuser;
    await bao.admin('POST', `database/config/${box.database}`, {
      plugin_name: 'postgresql-database-plugin',
      connection_url: `postgresql://{{username}}:{{password}}@${postgres.host}:${postgres.port}/${box.database}?sslmode=disable`,
      allowed_roles: '*',
      username: user,
      password,
    });
    await bao.admin('POST', `database/static-roles/${role}`, {
      db_name: box.database,
      username,
      rotation_period: '24h',
    });
    await bao.admin('POST', `database/roles/${dynamic}`, {
      db_name: box.database,
      creation_statements: ['CREATE ROLE "{{name}}" LOGIN PASSWORD \'{{password}}\''],
    });
    const { data } = held.parse(await bao.admin('GET', `database/static-creds/${role}`));
    await bao.admin('PUT', `sys/policies/acl/keyturn-${role}`, {
      policy: `${policyOfThePage(role)}\n${policyOfThePage(dynamic)}\n${policyOfThePage('nobody')}`,
    });
    await bao.admin('POST', `auth/approle/role/keyturn-${role}`, {
      token_policies: [`keyturn-${role}`],
      token_ttl: '1m',
    });
    return vaultRoleWorld({
      address: bao.address,
      box,
      role,
      ...data,
      dynamic,
      login: await loginOf(bao, `keyturn-${role}`),
      rotateByItself: async () => void (await bao.admin('POST', `database/rotate-role/${role}`)),
      close: async () => {
        await bao.admin('DELETE', `database/static-roles/${role}`);
        await bao.admin('DELETE', `database/config/${box.database}`);
        await vi.waitFor(() => box.drop());
      },
    });
  };
  vaultRoleContract(start);
});
