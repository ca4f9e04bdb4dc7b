import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isRotationError } from '../../lib/core/errors.ts';
import type { SecretTypeClient } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { postgresql } from '../../lib/plugins/secret-types/postgresql.ts';
import { type Complaint, errorResponse, fakePostgres } from '../support/fake-postgres.ts';
import { assertNoLeak, CANARY } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { type TestServer, testServer } from '../support/postgres.ts';
import { login, type PostgresWorld, postgresWorld } from '../support/postgres-world.ts';

const target = (port: number) => ({
  host: '127.0.0.1',
  port,
  database: 'orders',
  sslMode: 'disable',
  admin: { secret: 'test/database/admin' },
  roles: ['orders_a', 'orders_b'],
  owner: 'orders_owner',
  connectTimeoutSeconds: 0.3,
});

describe('a login that fails', () => {
  const probe = async (onConnection: (socket: Socket) => void, config: object = {}): Promise<unknown> => {
    const server = await fakePostgres(onConnection);
    const client = await postgresql.create({ ...target(server.port), ...config }, pluginDeps());
    const outcome = await client.probe(login('1', 'orders_a', CANARY)).catch((error: unknown) => error);
    await server.close();
    assertNoLeak(inspect(outcome, { depth: 9, showHidden: true }), CANARY);
    return isRotationError(outcome) ? outcome.name : outcome;
  };
  const complain = (complaint: Complaint) => (socket: Socket) => {
    socket.once('data', () => socket.end(errorResponse({ message: `secret ${CANARY}`, ...complaint })));
  };

  it.each<[string, Complaint, string]>([
    ['the password is wrong', { code: '28P01' }, 'refused'],
    ['the role may not log in', { code: '28000', routine: 'InitializeSessionUserId' }, 'refused'],
    [
      'pg_hba.conf does not let this host in, which says nothing of the password',
      { code: '28000', routine: 'ClientAuthentication' },
      'AccessDenied',
    ],
    ['the role may not connect to the database', { code: '42501' }, 'AccessDenied'],
    ['there is no such database', { code: '3D000' }, 'TargetNotPrepared'],
    ['all connections are taken', { code: '53300' }, 'Throttled'],
    ['the server is starting', { code: '57P03' }, 'Unavailable'],
    ['the server is stopping', { code: '57P01' }, 'Unavailable'],
    ['the server says something unheard of', { code: 'XX000' }, 'InternalError'],
  ])('%s', async (_label, complaint, outcome) => {
    expect(await probe(complain(complaint))).toBe(outcome);
  });

  it('the connection ends before an answer', async () => {
    expect(await probe((socket) => socket.once('data', () => socket.destroy()))).toBe('Unavailable');
  });

  it('no answer comes', async () => {
    expect(await probe(() => undefined)).toBe('Unavailable');
  });

  it('the server speaks no TLS', async () => {
    expect(await probe((socket) => socket.once('data', () => socket.write('N')), { sslMode: 'verify-full' })).toBe(
      'Unavailable',
    );
  });

  it('the CA file is not there', async () => {
    expect(await probe(() => undefined, { sslMode: 'verify-full', caFile: 'none.pem' })).toBe('StorageFailed');
  });
});

describe('on a real server', () => {
  let server: TestServer;
  let world: PostgresWorld;
  let client: SecretTypeClient;
  beforeAll(async () => {
    server = await testServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    world = await postgresWorld(server, 'dual');
    await world.box.sql(`CREATE TABLE public.own (a int); ALTER TABLE public.own OWNER TO ${world.box.role('legacy')}`);
    client = await world.open();
  });
  afterEach(() => world.box.drop());

  /** A transaction that reads the login's table, and so keeps it from changing its owner. */
  const reader = async () => {
    const { user, password } = server.superuser;
    const session = await world.box.connect(user, password, 'reader');
    await session.query('BEGIN; LOCK TABLE public.own IN ACCESS SHARE MODE');
    return session;
  };
  const WAITING = `SELECT pid FROM pg_stat_activity
    WHERE application_name = 'keyturn' AND datname = current_database() AND wait_event_type = 'Lock'`;

  it('gives up on a lock soon, with nothing changed, and succeeds when it is free', async () => {
    const session = await reader();
    const impatient = await world.open({ ...world.config, lockTimeoutSeconds: 0.2 });
    const change = await world.successor();
    await expect(impatient.install(change)).rejects.toMatchObject({ name: 'Unavailable', code: '55P03' });
    expect(await world.box.sql('SELECT 1 FROM pg_roles WHERE rolname = $1', [world.box.role('owner')])).toEqual([]);
    await session.query('COMMIT');
    expect(await impatient.install(change)).toBe('applied');
  });

  it('calls a change unknown when its session is lost, and finds out on the next call', async () => {
    const session = await reader();
    const change = await world.successor();
    const patient = await world.open({ ...world.config, lockTimeoutSeconds: 30 });
    const lost = expect(patient.install(change)).rejects.toMatchObject({ name: 'OutcomeUnknown' });
    const pid = await vi.waitUntil(async () => (await world.box.sql(WAITING))[0]?.pid, { timeout: 5000, interval: 20 });
    await world.box.sql('SELECT pg_terminate_backend($1)', [pid]);
    await lost;
    await session.query('COMMIT');
    expect(await client.install(change)).toBe('applied');
  });

  it.each(['NOLOGIN', 'CONNECTION LIMIT 0', "VALID UNTIL '2020-01-01'"])('probes a role with %s', async (option) => {
    await world.box.sql(`ALTER ROLE ${world.box.role('legacy')} ${option}`);
    const outcome = await client.probe(world.current).catch((error: unknown) => isRotationError(error) && error.name);
    expect(outcome).toBe(option === 'CONNECTION LIMIT 0' ? 'Throttled' : 'refused');
  });

  it('leaves the connection limit of a login alone', async () => {
    const a = world.box.role('a');
    await world.box.sql(`CREATE ROLE ${a} CONNECTION LIMIT 7`);
    await client.install(await world.successor());
    expect(await world.box.sql('SELECT rolconnlimit, rolcanlogin FROM pg_roles WHERE rolname = $1', [a])).toEqual([
      { rolconnlimit: 7, rolcanlogin: true },
    ]);
  });

  it('takes a role that is gone for retired', async () => {
    const change = await world.successor();
    await client.install(change);
    const legacy = world.box.role('legacy');
    await world.box.sql(`REASSIGN OWNED BY ${legacy} TO CURRENT_USER; DROP OWNED BY ${legacy}; DROP ROLE ${legacy}`);
    expect(await client.retire(change)).toBe('not-applied');
    expect(await client.probe(change.previous)).toBe('refused');
  });

  it('does not retire the old credential while the new one is refused', async () => {
    const change = await world.successor();
    await expect(client.retire(change)).rejects.toMatchObject({ name: 'CurrentRefused' });
    expect(await client.probe(change.previous)).toBe('accepted');
  });

  it('names the field that a value lacks', async () => {
    const bare = { version: '1'.repeat(32), value: Secret.of({ username: 'orders_a' }) };
    await expect(client.probe(bare)).rejects.toMatchObject({
      name: 'InputInvalid',
      message: expect.stringContaining('username and password'),
    });
    const empty = await world.open(undefined, { credential: async () => Secret.of({ token: 'x' }) });
    await expect(empty.install(await world.successor())).rejects.toMatchObject({ name: 'InputInvalid' });
  });
});

describe('on a server of its own', () => {
  let directory: string;
  const own = async (file: string) => {
    if (process.getuid?.() === 0) await chown(file, 65534, 65534);
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'keyturn-own-'));
    await chmod(directory, 0o755);
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('sends no password in clear in any statement, and has a value refused that the server refuses', async () => {
    const settings = {
      shared_preload_libraries: 'passwordcheck',
      log_statement: 'all',
      log_min_messages: 'log',
      log_min_error_statement: 'log',
      logging_collector: 'on',
      log_directory: 'logs',
    };
    const server = await testServer({ directory, settings });
    // Nothing in it is quoted in a statement, so that it would show as it is.
    const plain = 'canaryPlain7Zq42xW9';
    const world = await postgresWorld(server, 'dual', plain);
    const client = await world.open();
    const { next: made, previous } = await world.successor();
    const role = made.value.field('username') ?? '';
    const asName = { ...made, value: Secret.of({ username: role, password: role }) };
    await expect(client.install({ next: asName, previous })).rejects.toMatchObject({
      name: 'ValueRefused',
      code: '22023',
    });
    expect(await world.box.sql('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])).toEqual([]);

    const next = { ...made, value: Secret.of({ username: role, password: `${plain}2` }) };
    expect(await client.install({ next, previous })).toBe('applied');
    expect(await client.retire({ next, previous })).toBe('applied');
    await server.stop();
    const logs = join(directory, 'data', 'logs');
    const text = (await Promise.all((await readdir(logs)).map((file) => readFile(join(logs, file), 'utf8')))).join(
      '\n',
    );
    expect(text).toContain('NOLOGIN PASSWORD NULL');
    const lines = text.split('\n').filter((line) => !/CREATE ROLE \w+_legacy LOGIN/.test(line));
    assertNoLeak(lines.join('\n'), plain);
  });

  it('does not take a login for proof where the server asks for no password', async () => {
    const server = await testServer({ directory });
    const world = await postgresWorld(server, 'dual');
    const client = await world.open();
    await writeFile(join(directory, 'data', 'pg_hba.conf'), 'host all all 127.0.0.1/32 trust\n');
    await world.box.sql('SELECT pg_reload_conf()');
    await vi.waitUntil(
      async () =>
        (await client.probe(world.current).catch((error: unknown) => isRotationError(error) && error.name)) ===
        'TargetNotPrepared',
    );
    await world.box.drop();
    await server.stop();
  });

  it('believes only a server whose certificate is for its host and from the named CA', async () => {
    const certificate = (name: string, host: string) => {
      const files = ['-keyout', join(directory, `${name}.key`), '-out', join(directory, `${name}.pem`)];
      const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=IP:${host}`];
      const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
      execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'ignore' });
    };
    certificate('right', '127.0.0.1');
    certificate('foreign', '127.0.0.1');
    certificate('elsewhere', '127.0.0.9');
    const served = async (name: string, mode: object): Promise<unknown> => {
      await own(join(directory, `${name}.key`));
      const files = { ssl_cert_file: join(directory, `${name}.pem`), ssl_key_file: join(directory, `${name}.key`) };
      const server = await testServer({ directory: join(directory, `by-${name}`), settings: { ssl: 'on', ...files } });
      const world = await postgresWorld(server, 'dual');
      const asked = async (config: object) => {
        const client = await world.open({ ...world.config, ...config }, { baseDir: directory });
        return client.probe(world.current).catch((error: unknown) => isRotationError(error) && error.name);
      };
      const outcomes = await Promise.all([asked({ sslMode: 'require' }), asked({ sslMode: 'verify-full', ...mode })]);
      await world.box.drop();
      await server.stop();
      return outcomes;
    };
    expect(await served('right', { caFile: 'right.pem' })).toEqual(['accepted', 'accepted']);
    expect(await served('foreign', { caFile: 'right.pem' })).toEqual(['accepted', 'Unavailable']);
    expect(await served('elsewhere', { caFile: 'elsewhere.pem' })).toEqual(['accepted', 'Unavailable']);
  });
});
