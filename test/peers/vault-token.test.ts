import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { vaultToken } from '../../lib/plugins/issuers/vault-token.ts';
import { type IssuerHarness, type IssuerWorld, issuerContract, nameOf } from '../contract/issuer-contract.ts';
import { appRoleWorld } from '../support/approle-world.ts';
import { policyOfThePage } from '../support/issuer-policy.ts';
import { type OpenBao, startBao } from '../support/openbao.ts';
import { enableAppRole } from '../support/openbao-estate.ts';
import { missing } from '../support/peers.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { vaultLogin } from '../support/vault-login.ts';

const why = missing('openbao');
const identified = z.object({ data: z.object({ role_id: z.string() }) });
const issued = z.object({ data: z.object({ secret_id: z.string() }) });
const listed = z.object({ data: z.object({ keys: z.array(z.string()) }) });
const lookedUp = z.object({ data: z.object({ metadata: z.record(z.string(), z.unknown()).nullable() }) });

describe.skipIf(why !== undefined)(`vault-token on OpenBao ${why ?? ''}`, () => {
  let server: OpenBao;
  let roles = 0;
  beforeAll(async () => {
    server = await startBao();
    await enableAppRole(server);
  });
  afterAll(() => server?.stop());

  /** A role whose secret ids are issued, and an admin that may do just what docs/issuers.md says. */
  async function layOut(settings: object = {}) {
    roles += 1;
    const [role, admin] = [`orders-${roles}`, `keyturn-orders-${roles}`];
    await server.admin('POST', `auth/approle/role/${role}`, { token_ttl: '1m', ...settings });
    await server.admin('PUT', `sys/policies/acl/${admin}`, { policy: policyOfThePage(role) });
    await server.admin('POST', `auth/approle/role/${admin}`, { token_policies: [admin], token_ttl: '1m' });
    const { role_id: roleId } = identified.parse(await server.admin('GET', `auth/approle/role/${admin}/role-id`)).data;
    const made = issued.parse(await server.admin('POST', `auth/approle/role/${admin}/secret-id`));
    return { role, login: { roleId, secretId: made.data.secret_id } };
  }

  const accessorsOf = async (role: string): Promise<readonly string[]> => {
    const found = await server.adminUnless(404, 'GET', `auth/approle/role/${role}/secret-id?list=true`);
    return found === undefined ? [] : listed.parse(found).data.keys;
  };
  const countOf = (role: string) => async (name: string) => {
    const metadata = await Promise.all(
      (await accessorsOf(role)).map(async (secret_id_accessor) =>
        lookedUp.parse(
          await server.admin('POST', `auth/approle/role/${role}/secret-id-accessor/lookup`, { secret_id_accessor }),
        ),
      ),
    );
    return metadata.filter(({ data }) => data.metadata?.name === name).length;
  };
  const start = async (): Promise<IssuerWorld> => {
    const { role, login } = await layOut();
    return appRoleWorld({ address: server.address, role, login, countOf: countOf(role), close: async () => undefined });
  };

  const harness: IssuerHarness = { label: 'vault-token', tellsLastUse: false, start };
  issuerContract(harness);

  const openOn = async (role: string, login: object, more: object = {}) => {
    const { config, deps } = vaultLogin(server.address, login);
    const { mount: _kv, ...connection } = config;
    const settings = { ...connection, use: 'vault-token', role, ...more };
    return vaultToken.create(settings, pluginDeps({ ...deps, clock: { now: Date.now, sleep: async () => undefined } }));
  };

  it('leaves no token behind, of its own or of a probe', async () => {
    const tokens = async () =>
      listed.parse(await server.admin('GET', 'auth/token/accessors?list=true')).data.keys.length;
    const { role, login } = await layOut();
    const client = await openOn(role, login);
    const before = await tokens();
    expect(await client.probe(await client.issue('keyturn-x'))).toBe('accepted');
    await client.withdraw('keyturn-x');
    expect(await tokens()).toBe(before);
  });

  it('does not take a secret id that is good elsewhere for a dead one', async () => {
    const { role, login } = await layOut();
    const client = await openOn(role, login, { cidrs: ['10.0.0.0/8'] });
    const value = await client.issue('keyturn-elsewhere');
    expect(await nameOf(client.probe(value))).toBe('VerificationInconclusive');
    await client.revoke(value.field('id') ?? '');
    expect(await client.probe(value)).toBe('refused');
  });

  it('gives a secret id the life and the uses that are declared', async () => {
    const { role, login } = await layOut();
    const client = await openOn(role, login, { life: '1h', uses: 2 });
    const value = await client.issue('keyturn-short');
    const answers = [];
    for (let use = 0; use < 3; use += 1) answers.push(await client.probe(value));
    expect(answers).toEqual(['accepted', 'accepted', 'refused']);
  });

  it('says what is wrong where there is no such role', async () => {
    const { role, login } = await layOut();
    await server.admin('DELETE', `auth/approle/role/${role}`);
    expect(await nameOf((await openOn(role, login)).issue('keyturn-x'))).toBe('ConfigInvalid');
  });
});
