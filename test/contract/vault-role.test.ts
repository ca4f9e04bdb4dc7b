import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveDatabaseEngine } from '../support/fake-database-engine.ts';
import { type FakeVault, startFakeVault } from '../support/fake-vault.ts';
import { made } from '../support/made.ts';
import { sandbox, type TestServer, testServer } from '../support/postgres.ts';
import { vaultRoleWorld } from '../support/vault-role-world.ts';
import { vaultRoleContract } from './vault-role-contract.ts';

const FIRST = 'the-first-password-in-the-engine';

describe('postgresql with a static role of Vault, on a fake engine', () => {
  let postgres: TestServer;
  let vault: FakeVault;
  beforeAll(async () => {
    postgres = await testServer();
  });
  afterAll(() => postgres.stop());

  const start = async () => {
    vault = await startFakeVault();
    const box = await sandbox(postgres);
    const username = box.role('orders');
    const setPassword = async (name: string, password: string) =>
      void (await box.sql(`ALTER ROLE ${name} PASSWORD '${password}'`));
    await box.sql(`CREATE ROLE ${username} LOGIN PASSWORD '${FIRST}'`);
    const login = { username, password: FIRST };
    serveDatabaseEngine(vault, { logins: new Map([['orders', login]]), dynamic: new Set(['reports']), setPassword });
    return vaultRoleWorld({
      address: vault.origin,
      box,
      role: 'orders',
      ...login,
      dynamic: 'reports',
      login: {},
      rotateByItself: async () => {
        login.password = 'made-by-the-engine-itself';
        await setPassword(username, login.password);
      },
      close: async () => {
        await box.drop();
        await vault.close();
      },
    });
  };
  vaultRoleContract(start);

  it('finds the value whose reply was lost, and leaves no token behind', async () => {
    const world = await start();
    vault.losesReply = ({ path }) => path.startsWith('database/rotate-role/');
    const client = await world.open();
    const value = await made(client, { current: world.current.value, version: 'b'.repeat(32), generation: 1 });
    expect(await client.probe({ version: 'b'.repeat(32), value })).toBe('accepted');
    expect(vault.requests.filter(({ path }) => path.startsWith('database/rotate-role/'))).toHaveLength(1);
    expect(vault.tokens.size).toBe(0);
    await world.close();
  });
});
