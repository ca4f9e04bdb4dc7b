import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { freePort } from '../../lib/local/free-port.ts';
import { redis } from '../../lib/plugins/secret-types/redis.ts';
import { makeCertificate } from '../support/openbao.ts';
import { missing } from '../support/peers.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { login } from '../support/postgres-world.ts';
import { type RedisOptions, type RedisServer, realServers, startPair, startRedis } from '../support/redis-server.ts';
import { type RedisWorld, redisAt, redisWorld } from '../support/redis-world.ts';

const why = missing('redis');
const [outside] = Object.values(networkInterfaces())
  .flat()
  .filter((each) => each?.family === 'IPv4' && !each.internal);

const told = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => inspect(value),
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  );

describe.skipIf(why !== undefined)(`a real Redis ${why ?? ''}`, () => {
  let directory: string;
  const running: RedisServer[] = [];
  const worlds: RedisWorld[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'keyturn-redis-'));
  });
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
    for (const server of running.splice(0)) await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const started = async (options?: RedisOptions) => {
    const server = await startRedis(join(directory, 'server'), options);
    running.push(server);
    return server;
  };
  const worldOn = async (servers: readonly RedisServer[], mode: 'dual' | 'passwords', target: object = {}) => {
    const world = await redisWorld(realServers(servers, target), mode);
    worlds.push(world);
    return world;
  };
  /** As whom redis-cli, which knows nothing of us, finds itself; a refused login leaves it the `default` that needs no password. */
  const cli = (port: number, { value }: { value: Secret }): string => {
    const { username = '', password = '' } = value.reveal();
    const env = { ...process.env, REDISCLI_AUTH: password };
    return execFileSync('redis-cli', ['-p', String(port), '--user', username, 'ACL', 'WHOAMI'], { env, stdio: 'pipe' })
      .toString()
      .trim();
  };

  it('takes both passwords of one user from redis-cli until the old one is retired, on primary and replica', async () => {
    const servers = await startPair(directory, { aclFile: true });
    running.push(...servers);
    const world = await worldOn(servers, 'passwords');
    const [client, change] = [await world.open(), await world.successor()];
    const user = world.user('legacy');
    await client.install(change);
    for (const { port } of servers) expect([cli(port, change.previous), cli(port, change.next)]).toEqual([user, user]);
    await client.retire({ ...change, installedAt: Date.now() });
    for (const { port } of servers)
      expect([cli(port, change.previous), cli(port, change.next)]).toEqual(['default', user]);
  });

  it.each([true, false])('keeps what a rotation did over a restart (ACL file: %s)', async (aclFile) => {
    const server = await started({ aclFile });
    const world = await redisWorld(realServers([server]), 'dual');
    const [client, change] = [await world.open(), await world.successor()];
    for (const step of ['install', 'retire'] as const) {
      await client[step](change);
      await server.restart();
      expect(await client.probe(change.next)).toBe('accepted');
      expect(await client.probe(change.previous)).toBe(step === 'install' ? 'accepted' : 'refused');
    }
  });

  it('is adopted from one password for everybody (requirepass), which stays dead over a restart', async () => {
    const server = await started({ lines: ['requirepass everybodys', 'user keyturn on >theadmins +@all'] });
    const admin = Secret.of({ username: 'keyturn', password: 'theadmins' });
    const world = realServers([server]);
    const target = {
      nodes: world.addresses,
      sslMode: 'disable',
      admin: { secret: 'a/b' },
      users: ['orders_a', 'orders_b'],
    };
    const client = await redis.create(target, pluginDeps({ credential: async () => admin }));
    const change = { previous: login('1', 'default', 'everybodys'), next: login('2', 'orders_a', 'n'.repeat(43)) };
    expect(await client.prepare(change.previous)).toMatchObject({ blocked: [] });
    const old = redisAt(server.address);
    await old.connect();
    await old.call('AUTH', 'everybodys');
    expect(await client.install(change)).toBe('applied');
    expect(await client.quiet(change)).toMatchObject({ quiet: false });
    expect(await client.retire(change)).toBe('applied');
    expect(await told(old.call('PING'))).toMatch(/closed/);
    await server.restart();
    expect([await client.probe(change.previous), await client.probe(change.next)]).toEqual(['refused', 'accepted']);
    const bare = redisAt(server.address);
    await bare.connect();
    expect(await told(bare.call('PING'))).toMatch(/NOAUTH/);
    bare.disconnect();
  });

  it('proves itself by its certificate, and is not believed without it', async () => {
    const caFile = makeCertificate(directory);
    const port = await freePort();
    const tls = ['tls-cert-file', 'tls-key-file', 'tls-ca-cert-file'].map(
      (key, index) => `${key} ${join(directory, ['server.pem', 'server.key', 'ca.pem'][index] ?? '')}`,
    );
    const server = await started({ lines: [`tls-port ${port}`, 'tls-auth-clients no', ...tls] });
    const world = await worldOn([server], 'dual');
    const at = (target: object) => world.open({ ...world.config, nodes: [`127.0.0.1:${port}`], ...target });
    const change = await world.successor();
    const proven = await at({ sslMode: 'verify-full', caFile });
    expect(await proven.install(change)).toBe('applied');
    expect(await proven.probe(change.next)).toBe('accepted');
    expect(await (await at({ sslMode: 'require' })).probe(change.next)).toBe('accepted');
    expect(await told((await at({ sslMode: 'verify-full' })).probe(change.next))).toMatch(
      /^Unavailable: .*CERT|SIGNATURE/,
    );
    const clear = await world.open({ ...world.config, sslMode: 'require' });
    expect(await told(clear.probe(change.next))).toMatch(/^Unavailable/);
  });

  it('has no connection left', async () => {
    const server = await started();
    const world = await worldOn([server], 'dual');
    const client = await world.open();
    await world.call(server.address, 'CONFIG', 'SET', 'maxclients', '1');
    expect(await told(client.probe(world.current))).toMatch(/^Throttled/);
    await world.call(server.address, 'CONFIG', 'SET', 'maxclients', '100');
  });

  it.skipIf(outside === undefined)('is in protected mode (needs an address that is not loopback)', async () => {
    const server = await started({ lines: ['bind 0.0.0.0', 'protected-mode yes'] });
    const world = await worldOn([server], 'dual');
    const client = await world.open({ ...world.config, nodes: [`${outside?.address}:${server.port}`] });
    expect(await told(client.probe(world.current))).toMatch(/^AccessDenied: .*protected mode/);
  });

  it('refuses an admin whose permissions are short of one, before anything is changed', async () => {
    const server = await started();
    const world = await worldOn([server], 'dual');
    const [client, change] = [await world.open(), await world.successor()];
    const before = await world.call(server.address, 'ACL', 'LIST');
    for (const [without, line] of [
      ['-client|list', /may not run client\|list at/],
      ['-client|kill', /may not run client\|kill at/],
      ['-config|rewrite', /may not run config\|rewrite at/],
      ['-acl|setuser', /may not run acl\|setuser at/],
    ] as const) {
      await world.call(server.address, 'ACL', 'SETUSER', world.user('admin'), without);
      expect(await told(client.install(change))).toMatch(line);
      await world.call(server.address, 'ACL', 'SETUSER', world.user('admin'), without.replace('-', '+'));
    }
    const users = (list: unknown) =>
      String(list)
        .split(',')
        .filter((line) => !line.includes('_admin'));
    expect(users(await world.call(server.address, 'ACL', 'LIST'))).toEqual(users(before));
  });
});
