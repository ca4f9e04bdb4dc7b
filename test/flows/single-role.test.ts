import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versionIdOf } from '../../lib/core/names.ts';
import { refOf } from '../../lib/core/run.ts';
import { Secret } from '../../lib/core/secret.ts';
import { type Local, openLocal } from '../../lib/local/local.ts';
import { admit } from '../../lib/local/requests.ts';
import { drive, type Settled } from '../../lib/local/settle.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { startServer } from '../support/http-server.ts';
import { type Sandbox, sandbox, type TestServer, testServer } from '../support/postgres.ts';
import { useTempDir } from '../support/temp-dir.ts';

const SECRET = 'staging/database/app';
const ADMIN = `${SECRET}-admin`;
const FIRST = 'first-password-of-the-only-role';
const folder = useTempDir();

/** Reports the version in its env file while it may, and else the one that it started with. */
interface Consumer {
  stubborn: boolean;
}

describe('a rotation of a single role', () => {
  let server: TestServer;
  let world: Sandbox;
  const consumer: Consumer = { stubborn: false };

  beforeAll(async () => {
    server = await testServer();
    world = await sandbox(server);
    await world.sql(`CREATE ROLE ${world.role('app')} LOGIN PASSWORD '${FIRST}'`);
    await world.sql(`GRANT CONNECT ON DATABASE ${world.database} TO ${world.role('app')}`);
  });
  afterAll(async () => {
    await world.drop();
    await server.stop();
  });

  async function rotate(first: string): Promise<{ settled: Settled | undefined; current: string }> {
    const dir = folder();
    const reported = { version: '' };
    const versionInFile = () => /KEYTURN_VERSION_\w+=(\w+)/.exec(readFileSync(join(dir, 'app.env'), 'utf8'))?.[1];
    const reporter = await startServer((_request, reply) => {
      const version = consumer.stubborn ? reported.version : (versionInFile() ?? reported.version);
      reply.end(JSON.stringify({ versions: { [SECRET]: version } }));
    });
    writeFileSync(join(dir, 'app.env'), '');
    writeFileSync(join(dir, 'keyturn.yaml'), yaml(server, world, reporter.origin));
    const local = openLocal({ configFile: join(dir, 'keyturn.yaml'), dataDir: join(dir, 'data'), catalog: builtIn });
    await put(local, ADMIN, { username: server.superuser.user, password: server.superuser.password });
    reported.version = await put(local, SECRET, { username: world.role('app'), password: first });
    const admitted = await admit(local, { secretId: SECRET, reason: 'test', claim: {} });
    const silent = { approvals: false, onEvent: () => undefined, onHeld: () => undefined, onQuestion: () => undefined };
    const [settled] = await drive(local, [admitted], silent);
    const current = await currentPassword(local);
    local.close();
    await reporter.close();
    return { settled, current };
  }

  const logsIn = (password: string) =>
    world.connect(world.role('app'), password).then(
      (client) => client.end().then(() => true),
      (error: unknown) => {
        expect(error).toMatchObject({ code: expect.stringMatching(/^28/) });
        return false;
      },
    );

  it('goes back when its consumer does not come along: the old password works again, the new one does not', async () => {
    consumer.stubborn = true;
    const { settled, current } = await rotate(FIRST);
    expect(settled?.record).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'ConsumerRejected' } });
    expect(current).toBe(FIRST);
    expect(await logsIn(FIRST)).toBe(true);
  }, 60_000);

  it('commits when its consumer comes along: only the new password works', async () => {
    consumer.stubborn = false;
    const { settled, current } = await rotate(FIRST);
    expect(settled?.record).toMatchObject({ status: 'COMMITTED' });
    expect(current).not.toBe(FIRST);
    expect([await logsIn(FIRST), await logsIn(current)]).toEqual([false, true]);
  }, 60_000);
});

async function entryAndBackend(local: Local, id: string) {
  const { config, open } = local.deps();
  const entry = config.secrets.get(id);
  if (entry === undefined) throw new Error(`the configuration lacks ${id}`);
  return { ref: refOf(entry), backend: await open.backend(entry) };
}

async function put(local: Local, id: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const { ref, backend } = await entryAndBackend(local, id);
  const version = versionIdOf(id, 'put:test', 1);
  await backend.stage(ref, version, Secret.of(fields));
  await backend.promote(ref, version, undefined);
  return version;
}

async function currentPassword(local: Local): Promise<string> {
  const { ref, backend } = await entryAndBackend(local, SECRET);
  return (await backend.read(ref, 'current')).value.field('password') ?? '';
}

const yaml = ({ host, port }: TestServer, { database, role }: Sandbox, url: string) => `version: 1
organization: test
environments: { staging: {} }
backends: { local: { use: local } }
secrets:
  ${SECRET}:
    type: postgresql
    classification: LOW
    owner: app-team
    target: { host: ${host}, port: ${port}, database: ${database}, sslMode: disable, admin: { secret: ${ADMIN} }, roles: [${role('app')}] }
    consumers:
      - name: app
        propagate: { use: env-file, path: app.env, data: { PASSWORD: "{password}" } }
        verify: [{ use: http-version, url: "${url}" }, { use: postgresql-login }]
  ${ADMIN}: { type: external, classification: LOW, owner: dba-team }
`;
