import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BackendClient, SecretRef } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { vault } from '../../lib/plugins/backends/vault.ts';
import { type OpenBao, startBao } from '../support/openbao.ts';
import { type Estate, enableAppRole, layOut, loginAs, tokenOf } from '../support/openbao-estate.ts';
import { missing, peersCache } from '../support/peers.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { runMain } from '../support/run-main.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const why = missing('openbao');
const V1 = '1'.repeat(32);
const V2 = '2'.repeat(32);
const ref: SecretRef = { path: 'database/orders', fields: { password: 'pg_password' } };
const value = (password: string) => Secret.of({ password });

const open = ({ config, deps }: Pick<Estate, 'config' | 'deps'>): Promise<BackendClient> =>
  vault.create(config, pluginDeps(deps));

const yaml = (address: string) => `version: 1
organization: example
environments: { production: {} }
backends:
  vault:
    use: vault
    address: ${address}
    mount: production
    auth: { method: approle, roleIdFile: role-id, secretIdFile: secret-id }
secrets:
  production/external/webhook:
    type: external
    classification: LOW
    owner: team
`;

describe.skipIf(why !== undefined)(`the generated policies on OpenBao ${why ?? ''}`, () => {
  let server: OpenBao;
  beforeAll(async () => {
    server = await startBao();
    await enableAppRole(server);
  });
  afterAll(() => server?.stop());

  /** Everything below a mount, as the administrator sees it. */
  const everything = async (mount: string): Promise<string> => {
    const at = async (folder: string): Promise<string[]> => {
      const keys = await server
        .admin('GET', `${mount}/metadata/${folder}?list=true`)
        .then((body) => z.object({ data: z.object({ keys: z.array(z.string()) }) }).parse(body).data.keys)
        .catch(() => []);
      const found = keys.map(async (key) =>
        key.endsWith('/') ? at(`${folder}${key}`) : [JSON.stringify((await heldAt(mount, `${folder}${key}`)) ?? null)],
      );
      return (await Promise.all(found)).flat();
    };
    return (await at('')).join('\n');
  };
  const heldAt = async (mount: string, path: string) => {
    const { data } = z.object({ data: z.unknown() }).parse(await server.admin('GET', `${mount}/data/${path}`));
    const { data: about } = z
      .object({ data: z.unknown() })
      .parse(await server.admin('GET', `${mount}/metadata/${path}`));
    return { path, data, about };
  };

  /** Each operation of a whole life, in the state that it needs. */
  const OPERATIONS: Readonly<Record<string, { before: readonly Act[]; act: Act; needs: readonly string[] }>> = {
    'stage a first value': {
      before: [],
      act: (client) => client.stage(ref, V1, value('one')),
      needs: [
        'data/P read',
        'data/_pending create',
        'data/_pending read',
        'metadata/_pending read',
        'metadata/_pending patch',
      ],
    },
    'promote a first value': {
      before: [(client) => client.stage(ref, V1, value('one'))],
      act: (client) => client.promote(ref, V1, undefined),
      needs: ['data/P read', 'data/P create', 'metadata/P patch', 'data/_pending read', 'metadata/_pending delete'],
    },
    'promote the next': {
      before: [
        (client) => client.stage(ref, V1, value('one')),
        (client) => client.promote(ref, V1, undefined),
        (client) => client.stage(ref, V2, value('two')),
      ],
      act: (client) => client.promote(ref, V2, V1),
      needs: ['data/P read', 'data/P patch', 'metadata/P patch', 'data/_pending read', 'metadata/_pending delete'],
    },
    'demote it': {
      before: [
        (client) => client.stage(ref, V1, value('one')),
        (client) => client.promote(ref, V1, undefined),
        (client) => client.stage(ref, V2, value('two')),
        (client) => client.promote(ref, V2, V1),
      ],
      act: (client) => client.demote(ref, V2, V1),
      needs: [
        'data/P read',
        'data/P patch',
        'metadata/P patch',
        'data/_pending create',
        'data/_pending read',
        'metadata/_pending read',
        'metadata/_pending patch',
      ],
    },
    'discard a pending one': {
      before: [(client) => client.stage(ref, V1, value('one'))],
      act: (client) => client.discard(ref, V1),
      needs: ['data/P read', 'metadata/_pending read', 'metadata/_pending delete'],
    },
    'read a pending one': {
      before: [(client) => client.stage(ref, V1, value('one'))],
      act: (client) => client.read(ref, V1),
      needs: ['data/P read', 'data/_pending read'],
    },
    'list the versions': {
      before: [
        (client) => client.stage(ref, V1, value('one')),
        (client) => client.promote(ref, V1, undefined),
        (client) => client.stage(ref, V2, value('two')),
      ],
      act: (client) => client.versions(ref),
      needs: ['metadata/P read', 'metadata/_pending/ list', 'metadata/_pending read'],
    },
  };
  type Act = (client: BackendClient) => Promise<unknown>;

  /** The path in a policy that a need of the tables above means. */
  const pathOf = (mount: string, part: string) =>
    part.endsWith('_pending/')
      ? `${mount}/${part}${ref.path}/`
      : part.endsWith('_pending')
        ? `${mount}/${part}/${ref.path}/+`
        : `${mount}/${part.replace('P', ref.path)}`;

  /** The rule of one path without one capability; no rule, where it was the last: `deny` would say more. */
  const without = (path: string, capability: string) => (hcl: string) =>
    hcl.replaceAll(/path "(.+)" \{\n {2}capabilities = \[(.*)\]\n\}\n/g, (rule, of: string, list: string) => {
      if (of !== path) return rule;
      const left = list.split(', ').filter((one) => one !== `"${capability}"`);
      return left.length === 0 ? '' : rule.replace(list, left.join(', '));
    });

  const cases = Object.entries(OPERATIONS).flatMap(([what, { before, act, needs }]) =>
    needs.map((need) => ({ what, need, before, act })),
  );

  it.each(cases)('$what, without $need: AccessDenied names it, and nothing is done', async ({ need, before, act }) => {
    const estate = await layOut(server, [ref]);
    const whole = await open(estate);
    for (const step of before) await step(whole);
    await whole.close?.();
    const [part = '', capability = ''] = need.split(' ');
    const path = pathOf(estate.mount, part);
    await estate.mend(without(path, capability));
    const state = await everything(estate.mount);
    const limited = await open(estate);
    const named = path.replace('+', '[12]{32}');
    await expect(act(limited)).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringMatching(new RegExp(`"${capability}" on ${named}`)),
    });
    await limited.close?.();
    expect(await everything(estate.mount)).toBe(state);
  });

  it('let each step do its part and none of another', async () => {
    const estate = await layOut(server, [ref]);
    const as = async (family: string) => open(await loginAs(server, estate, family));
    const denied = { name: 'AccessDenied' };
    const [put, look, generate, use, store, rollback] = await Promise.all(
      ['put', 'look', 'generate', 'use', 'store', 'rollback'].map(as),
    );
    if (!put || !look || !generate || !use || !store || !rollback) throw new Error('six logins');
    await put.stage(ref, V1, value('one'));
    await put.promote(ref, V1, undefined);
    expect((await look.versions(ref)).current?.version).toBe(V1);
    await expect(look.read(ref, 'current')).rejects.toMatchObject(denied);
    await expect(use.stage(ref, V2, value('two'))).rejects.toMatchObject(denied);
    await generate.stage(ref, V2, value('two'));
    await expect(generate.promote(ref, V2, V1)).rejects.toMatchObject(denied);
    await expect(look.discard(ref, V2)).rejects.toMatchObject(denied);
    expect((await use.read(ref, V2)).value.reveal()).toEqual({ password: 'two' });
    await store.promote(ref, V2, V1);
    await expect(store.demote(ref, V2, V1)).rejects.toMatchObject(denied);
    expect(await look.versions(ref)).toMatchObject({
      current: { version: V2 },
      previous: { version: V1 },
      pending: [],
    });
    await rollback.demote(ref, V2, V1);
    await rollback.discard(ref, V2);
    expect((await use.read(ref, 'current')).value.reveal()).toEqual({ password: 'one' });
    for (const client of [put, look, generate, use, store, rollback]) await client.close?.();
  });

  it('tell the states without a value also where a sibling was written since', async () => {
    const estate = await layOut(server, [ref]);
    const whole = await open(estate);
    await whole.stage(ref, V1, value('one'));
    await whole.promote(ref, V1, undefined);
    await whole.close?.();
    await server.admin('POST', `${estate.mount}/data/${ref.path}`, {
      options: { cas: 1 },
      data: { ...(await heldFields(estate.mount)), sibling: 'changed by hand' },
    });
    const look = await open(await loginAs(server, estate, 'look'));
    expect((await look.versions(ref)).current?.version).toBe(V1);
    await look.close?.();
  });
  const heldFields = async (mount: string) =>
    z
      .object({ data: z.object({ data: z.record(z.string(), z.unknown()) }) })
      .parse(await server.admin('GET', `${mount}/data/${ref.path}`)).data.data;

  it('forbid what lies beyond them', async () => {
    const estate = await layOut(server, [ref]);
    const token = await tokenOf(server, estate);
    const forbidden: readonly (readonly [string, string, object?])[] = [
      ['GET', 'sys/mounts'],
      ['POST', 'auth/token/create', {}],
      ['POST', `${estate.mount}/destroy/${ref.path}`, { versions: [1] }],
      ['POST', `${estate.mount}/delete/${ref.path}`, { versions: [1] }],
      ['DELETE', `${estate.mount}/metadata/${ref.path}`],
      ['DELETE', `${estate.mount}/data/${ref.path}`],
      ['GET', `${estate.mount}/data/database/other`],
      ['GET', `${estate.mount}/metadata/?list=true`],
      ['POST', `${estate.mount}/config`, { cas_required: false }],
    ];
    for (const [method, path, json] of forbidden) {
      await expect(server.admin(method, path, json, token), path).rejects.toThrow(' 403 ');
    }
  });

  it('are what `keyturn vault policies` prints, and its output run by a shell is what --check finds', async () => {
    const folder = temporaryDirectory();
    writeFileSync(join(folder, 'keyturn.yaml'), yaml(server.address));
    writeFileSync(join(folder, 'admin-token'), server.root, { mode: 0o600 });
    const run = (...args: string[]) =>
      runMain(['vault', 'policies', '--config', join(folder, 'keyturn.yaml'), '--cidr', '127.0.0.1/32', ...args]);
    const check = ['--check', '--token-file', join(folder, 'admin-token'), '--json'];
    expect(await run(...check)).toMatchObject({ code: 5, stdout: expect.stringContaining('"missing"') });
    const script = await run();
    expect(script.code).toBe(0);
    const env = { PATH: `${peersCache}:${process.env.PATH}`, BAO_ADDR: server.address, BAO_TOKEN: server.root };
    execFileSync('sh', ['-e'], { input: script.stdout, env, stdio: 'pipe' });
    expect(await run(...check)).toMatchObject({ code: 0, stdout: expect.not.stringMatching(/missing|differs/) });
    await server.admin('PUT', 'sys/policies/acl/keyturn-vault-use', { policy: 'path "*" { capabilities = ["read"] }' });
    expect(await run(...check)).toMatchObject({ code: 5, stdout: expect.stringContaining('"differs"') });
  });
});
