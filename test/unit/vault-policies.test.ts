import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { GrantRequest } from '../../lib/core/grants.ts';
import { vault } from '../../lib/plugins/backends/vault.ts';
import { startFakeVault } from '../support/fake-vault.ts';
import { runMain } from '../support/run-main.ts';
import { SAMPLE_CONFIGS } from '../support/sample-configs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const request: GrantRequest = {
  backend: 'vault',
  refs: [
    { path: 'database/orders', fields: { password: 'a' } },
    { path: 'database/orders', fields: { key: 'b' } },
  ],
  cidrs: ['10.0.0.0/8'],
};
const grantsFor = (changes: object, over: Partial<GrantRequest> = {}) =>
  vault.grants?.list({ ...SAMPLE_CONFIGS.vault, ...changes }, { ...request, ...over }) ?? [];

describe('the grants', () => {
  it('are one policy per group of steps, and an AppRole for each beside the one for all', () => {
    const names = grantsFor({}).map(({ kind, name }) => `${kind} ${name}`);
    const families = ['look', 'generate', 'use', 'store', 'rollback', 'put'].map((name) => `keyturn-vault-${name}`);
    expect(names).toEqual([
      ...families.map((name) => `policy ${name}`),
      'role keyturn-vault',
      ...families.map((name) => `role ${name}`),
    ]);
  });

  it('name a path once, whatever entries it has, and see pending values by one segment only', () => {
    const store = grantsFor({}).find(({ name }) => name === 'keyturn-vault-store');
    expect(store?.text).toMatch(
      new RegExp(
        [
          '^# keyturn-vault-store: step store',
          'path "production/data/_pending/database/orders/\\+" {\n  capabilities = \\["read"\\]\n}',
          'path "production/data/database/orders" {\n  capabilities = \\["patch", "read"\\]\n}',
          'path "production/metadata/_pending/database/orders/\\+" {\n  capabilities = \\["delete"\\]\n}',
          'path "production/metadata/database/orders" {\n  capabilities = \\["patch"\\]\n}',
          'path "auth/token/lookup-self"',
        ].join('\n'),
      ),
    );
  });

  it('never hold sudo, a wildcard over values, or the deletion of a live path', () => {
    for (const { kind, text } of grantsFor({})) {
      if (kind !== 'policy') continue;
      expect(text).not.toMatch(/sudo|"production\/(data|metadata)\/\*"/);
      expect(text).not.toMatch(/path "production\/metadata\/database\/orders" \{[^}]*delete/);
      expect(text).toMatch(/path "production\/destroy\/\*" \{\n {2}capabilities = \["deny"\]/);
    }
  });

  it('bound an AppRole by time, by use and by network', () => {
    const role = grantsFor({}).find(({ kind }) => kind === 'role');
    expect(JSON.parse(role?.text ?? '')).toMatchObject({
      token_ttl: 900,
      token_max_ttl: 900,
      token_no_default_policy: true,
      secret_id_ttl: expect.any(Number),
      secret_id_num_uses: expect.any(Number),
      secret_id_bound_cidrs: ['10.0.0.0/8'],
      token_bound_cidrs: ['10.0.0.0/8'],
    });
  });

  it('hold no AppRole for another method, and name the namespace', () => {
    const auth = { method: 'kubernetes', role: 'keyturn' };
    const grants = grantsFor({ auth, namespace: 'team/a' });
    expect(grants.map(({ kind }) => kind)).not.toContain('role');
    expect(grants[0]?.command).toBe('bao policy write -namespace=team/a keyturn-vault-look -');
  });

  it('are refused for a path that would mean more than it says', () => {
    expect(() => grantsFor({}, { refs: [{ path: 'database/+', fields: {} }] })).toThrow('database/+');
  });
});

describe('keyturn vault policies', () => {
  const inFolder = (backend: string) => {
    const folder = temporaryDirectory();
    const config = join(folder, 'keyturn.yaml');
    writeFileSync(config, yaml(backend));
    return { folder, run: (...args: string[]) => runMain(['vault', 'policies', '--config', config, ...args]) };
  };
  const yaml = (backend: string) => `version: 1
organization: example
environments: { production: {} }
backends: { main: ${backend} }
secrets: { production/external/webhook: { type: external, classification: LOW, owner: team } }
`;
  const VAULT = (address: string) =>
    `{ use: vault, address: "${address}", mount: production, auth: { method: approle, roleIdFile: r, secretIdFile: s } }`;

  it('prints a script that an administrator can read, and warns of logins from anywhere', async () => {
    const { run } = inFolder(VAULT('https://vault.internal:8200'));
    const bound = await run('--cidr', '10.1.2.0/24');
    expect(bound.code).toBe(0);
    expect(bound.stdout).toMatch(/^bao policy write keyturn-main-look - <<'KEYTURN'\n# keyturn-main-look/);
    expect(bound.stdout).toContain('"10.1.2.0/24"');
    expect(bound.stderr).toBe('');
    expect((await run()).stderr).toContain('any network');
  });

  it('compares with the server, and says which grants are missing', async () => {
    const fake = await startFakeVault();
    onTestFinished(fake.close);
    fake.tokens.add('of-an-administrator');
    fake.intercept = ({ path }) =>
      /^(sys\/policies|auth\/approle\/role)/.test(path) ? { status: 404, body: { errors: [] } } : undefined;
    const { folder, run } = inFolder(VAULT(fake.origin));
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'of-an-administrator\n', { mode: 0o600 });
    const { code, stdout } = await run('--check', '--token-file', tokenFile);
    expect(code).toBe(5);
    expect(stdout).toMatch(/policy +keyturn-main-look +missing/);
  });

  it.each([
    [['--check'], '--token-file'],
    [['other'], 'no backend other'],
    [['--cidr', 'everywhere'], 'cidr'],
    [['--check', '--token-file', '/nowhere/token'], '/nowhere/token'],
  ])('refuses %j', async (args, told) => {
    const { code, stderr } = await inFolder(VAULT('https://vault.internal:8200')).run(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
  });

  it('has nothing to say of a backend without a server', async () => {
    expect((await inFolder('{ use: local }').run()).code).toBe(2);
  });
});
