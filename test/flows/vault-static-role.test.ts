import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, type Said } from '../support/cli.ts';
import { serveDatabaseEngine } from '../support/fake-database-engine.ts';
import { type FakeVault, startFakeVault } from '../support/fake-vault.ts';
import { startServer } from '../support/http-server.ts';
import { type Sandbox, sandbox, type TestServer, testServer } from '../support/postgres.ts';
import { useTempDir } from '../support/temp-dir.ts';
import { vaultLogin } from '../support/vault-login.ts';

const SECRET = 'staging/database/app';
const FIRST = 'first-password-in-the-engine';
const folder = useTempDir();

describe('a rotation by a static role of Vault', () => {
  let postgres: TestServer;
  let box: Sandbox;
  let vault: FakeVault;
  let username: string;
  beforeAll(async () => {
    [postgres, vault] = [await testServer(), await startFakeVault()];
    box = await sandbox(postgres);
    username = box.role('app');
    await box.sql(`CREATE ROLE ${username} LOGIN PASSWORD '${FIRST}'`);
    serveDatabaseEngine(vault, {
      logins: new Map([['app', { username, password: FIRST }]]),
      dynamic: new Set(),
      setPassword: async (name, password) => void (await box.sql(`ALTER ROLE ${name} PASSWORD '${password}'`)),
    });
  });
  afterAll(async () => {
    await box.drop();
    await postgres.stop();
    await vault.close();
  });

  const envFile = () => readFileSync(join(folder(), 'app.env'), 'utf8');
  const inFile = (key: string) => new RegExp(`^${key}\\w*=(.*)$`, 'm').exec(envFile())?.[1] ?? '';
  const logsIn = (password: string) =>
    box.connect(username, password).then(
      (client) => client.end().then(() => true),
      () => false,
    );
  const outcome = ({ json, stderr }: Said) => ({ ...json(), stderr });

  it('goes forward only: a consumer that does not come along keeps what it has, until a person resumes', async () => {
    let stubborn = true;
    const reporter = await startServer((_request, reply) => {
      reply.end(JSON.stringify({ versions: { [SECRET]: stubborn ? 'f'.repeat(32) : inFile('KEYTURN_VERSION_') } }));
    });
    const login = vaultLogin(vault.origin);
    cpSync(login.baseDir, folder(), { recursive: true });
    writeFileSync(join(folder(), 'app.env'), `PASSWORD=${FIRST}\n`);
    writeFileSync(join(folder(), 'keyturn.yaml'), yaml(postgres, box, username, vault.origin, reporter.origin));
    const run = (...args: readonly string[]) => cli(folder(), args);
    const put = await cli(folder(), ['put', SECRET], { stdin: JSON.stringify({ username, password: FIRST }) });
    expect(put.code, put.stderr).toBe(0);

    expect((await run('plan', SECRET)).stdout).toContain('there is no way back');
    const rotated = await run('rotate', SECRET, '--json');
    expect(outcome(rotated)).toMatchObject({
      rotations: [{ outcome: 'QUARANTINED', failure: { error: 'ConsumerRejected' } }],
    });
    const fresh = inFile('PASSWORD');
    expect([await logsIn(FIRST), await logsIn(fresh)]).toEqual([false, true]);

    const { rotations } = (await run('history', '--json')).json();
    const id = Array.isArray(rotations) ? rotations[0].rotationId : '';
    expect((await run('rollback', id, '--yes')).code).toBe(3);
    expect(inFile('PASSWORD')).toBe(fresh);

    stubborn = false;
    const resumed = await run('resume', id, '--yes', '--json');
    expect(outcome(resumed)).toMatchObject({ rotations: [{ outcome: 'COMMITTED' }] });
    expect(inFile('PASSWORD')).toBe(fresh);
    const rotations2 = vault.requests.filter(({ path }) => path === 'database/rotate-role/app');
    expect(rotations2).toHaveLength(1);
    await reporter.close();
  }, 60_000);
});

const yaml = (server: TestServer, box: Sandbox, username: string, vault: string, url: string) => `version: 1
organization: test
environments: { staging: {} }
backends: { local: { use: local } }
policy: { LOW: { poll: 1s } }
secrets:
  ${SECRET}:
    type: postgresql
    classification: LOW
    owner: app-team
    target:
      mode: vault-static-role
      host: ${server.host}
      port: ${server.port}
      database: ${box.database}
      sslMode: disable
      username: ${username}
      vault: { address: "${vault}", role: app, auth: { method: approle, roleIdFile: role-id, secretIdFile: secret-id } }
    consumers:
      - name: app
        propagate: { use: env-file, path: app.env, data: { PASSWORD: "{password}" } }
        verify: [{ use: http-version, url: "${url}" }, { use: postgresql-login }]
`;
