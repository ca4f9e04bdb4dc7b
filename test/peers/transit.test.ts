import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encryptionKey } from '../../lib/plugins/secret-types/encryption-key.ts';
import { ringContract } from '../contract/staged-type-contract.ts';
import { filesData, transitWorld } from '../support/encryption-worlds.ts';
import { type OpenBao, startBao } from '../support/openbao.ts';
import { enableAppRole } from '../support/openbao-estate.ts';
import { missing } from '../support/peers.ts';

const why = missing('openbao');
const MOUNT = 'transit';

/** The policy of docs/keyrings.md, as it stands there, for one key. */
function policyFor(key: string): string {
  const page = readFileSync(new URL('../../docs/keyrings.md', import.meta.url), 'utf8');
  const [, policy = ''] = /```hcl\n(.*?)```/s.exec(page) ?? [];
  return policy.replaceAll('orders', key);
}

const ciphered = z.object({ data: z.object({ ciphertext: z.string() }) });
const plained = z.object({ data: z.object({ plaintext: z.string() }) });
const roled = z.object({ data: z.object({ role_id: z.string() }) });
const secreted = z.object({ data: z.object({ secret_id: z.string() }) });
const keyed = z.object({ data: z.object({ latest_version: z.int(), min_decryption_version: z.int() }) });

describe.skipIf(why !== undefined)(`Transit of OpenBao, under the policy of the page ${why ?? ''}`, () => {
  let server: OpenBao;
  let worlds = 0;
  beforeAll(async () => {
    server = await startBao();
    await enableAppRole(server);
    await server.admin('POST', `sys/mounts/${MOUNT}`, { type: 'transit' });
  });
  afterAll(() => server?.stop());

  async function start() {
    worlds += 1;
    const key = `orders-${worlds}`;
    await server.admin('POST', `${MOUNT}/keys/${key}`, { type: 'aes256-gcm96' });
    await server.admin('PUT', `sys/policies/acl/${key}`, { policy: policyFor(key) });
    await server.admin('POST', `auth/approle/role/${key}`, { token_policies: [key] });
    const roleId = roled.parse(await server.admin('GET', `auth/approle/role/${key}/role-id`)).data.role_id;
    const secretId = secreted.parse(await server.admin('POST', `auth/approle/role/${key}/secret-id`, {})).data
      .secret_id;
    const ask = {
      address: server.address,
      mount: MOUNT,
      key,
      login: { roleId, secretId },
      encrypt: async (plain: string) => {
        const plaintext = Buffer.from(plain).toString('base64');
        return ciphered.parse(await server.admin('POST', `${MOUNT}/encrypt/${key}`, { plaintext })).data.ciphertext;
      },
      decrypt: async (ciphertext: string) => {
        const reply = await server.adminUnless(400, 'POST', `${MOUNT}/decrypt/${key}`, { ciphertext });
        return reply === undefined
          ? undefined
          : Buffer.from(plained.parse(reply).data.plaintext, 'base64').toString('utf8');
      },
      close: async () => undefined,
    };
    return { ...(await transitWorld(ask, await filesData())), ...ask };
  }

  ringContract({
    label: 'vault-transit on OpenBao',
    type: encryptionKey,
    stages: ['switch'],
    unreachable: 'Unavailable',
    start,
  });

  it('opens every record after the rotation, none of its old ciphertexts, and rotates the key once', async () => {
    const { open, current, data, plain, decrypt, key, close } = await start();
    const before = await data.all();
    const client = await open();
    const request = { current: current.value, version: 'b'.repeat(32), generation: 1, stage: 'switch' } as const;
    const value = await client.generate(request);
    if (value === undefined) throw new Error('nothing was generated');
    const change = { stage: 'switch', previous: current, next: { version: request.version, value } } as const;
    expect([await client.install(change), await client.install(change)]).toEqual(['applied', 'not-applied']);
    expect(await client.rewrap?.(change)).toEqual({ remaining: 0 });
    expect(await client.retire(change)).toBe('applied');
    const after = await data.all();
    expect(await Promise.all(after.map(decrypt))).toEqual(plain);
    expect(await Promise.all(before.map(decrypt))).toEqual(plain.map(() => undefined));
    const { latest_version, min_decryption_version } = keyed.parse(
      await server.admin('GET', `${MOUNT}/keys/${key}`),
    ).data;
    expect([latest_version, min_decryption_version]).toEqual([2, 2]);
    await close();
  });

  it.each(['read', 'rotate', 'config', 'encrypt', 'decrypt', 'rewrap'])(
    'names what it lacks without %s',
    async (part) => {
      const { open, current, key, close } = await start();
      const client = await open();
      const lines = policyFor(key).split('\n');
      const gone =
        part === 'read' ? `keys/${key}"` : part === 'rotate' || part === 'config' ? `/${part}"` : `/${part}/`;
      await server.admin('PUT', `sys/policies/acl/${key}`, {
        policy: lines.filter((line) => !line.includes(gone)).join('\n'),
      });
      const walk = async () => {
        const request = { current: current.value, version: 'b'.repeat(32), generation: 1, stage: 'switch' } as const;
        await client.probe(current);
        const value = await client.generate(request);
        const change = {
          stage: 'switch',
          previous: current,
          next: { version: 'b', value: value ?? current.value },
        } as const;
        await client.install(change);
        await client.rewrap?.(change);
        await client.retire(change);
      };
      await expect(walk()).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining(`${MOUNT}/`),
      });
      await close();
    },
  );
});
