import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Clock, Credential, PluginDeps, SecretTypeClient, Switch } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { redis } from '../../lib/plugins/secret-types/redis.ts';
import type { FakeRedis } from './fake-redis.ts';
import { made } from './made.ts';
import { pluginDeps } from './plugin-deps.ts';
import { login } from './postgres-world.ts';
import type { Running } from './running.ts';

/** Servers that let `default` do everything without a password. */
export interface RedisServers {
  /** Where the users are, `host:port` each. */
  readonly addresses: readonly string[];
  /** Keys of a target beside `nodes`. */
  readonly target?: object;
  now(): number;
  /** Resolves when what begins now began clearly later, by the servers' whole seconds. */
  later(): Promise<void>;
}

/** One login at all nodes, as it is before Keyturn comes, and a client of the type for it. */
export interface RedisWorld {
  readonly config: Readonly<Record<string, unknown>>;
  readonly current: Credential;
  readonly admin: Secret;
  readonly clock: Pick<Clock, 'now'>;
  user(name: string): string;
  later(): Promise<void>;
  open(config?: object, overrides?: Partial<PluginDeps>): Promise<SecretTypeClient>;
  successor(from?: Credential): Promise<Switch>;
  /** A consumer's session at the last node, which is the likeliest to be forgotten. */
  use(credential: Credential, name?: string): Promise<Running>;
  /** Runs a command as `default` at one node. */
  call(address: string, ...command: readonly string[]): Promise<unknown>;
  close(): Promise<void>;
}

export type RedisMode = 'dual' | 'passwords';

/** What docs/redis.md has an administrator give to the admin user. */
export const ADMIN_RULES =
  '-@all +acl|getuser +acl|setuser +acl|save +acl|dryrun +client|list +client|kill +info +config|get +config|rewrite +cluster|shards'.split(
    ' ',
  );

/** A bare connection: it never comes back by itself. */
export function redisAt(address: string): Redis {
  const { hostname, port } = new URL(`redis://${address}`);
  const options = {
    host: hostname,
    port: Number(port),
    protocol: 2,
    lazyConnect: true,
    disableClientInfo: true,
  } as const;
  const client = new Redis({ ...options, retryStrategy: null, maxRetriesPerRequest: 0, enableReadyCheck: false });
  // Tests end sessions on purpose; a command on an ended one still rejects.
  client.on('error', () => undefined);
  return client;
}

export async function redisWorld(
  servers: RedisServers,
  mode: RedisMode,
  password = 'old password',
): Promise<RedisWorld> {
  const id = `kt${randomBytes(4).toString('hex')}`;
  const user = (name: string) => `${id}_${name}`;
  const roots = new Map(servers.addresses.map((address) => [address, redisAt(address)]));
  const clients: Redis[] = [...roots.values()];
  const call: RedisWorld['call'] = async (address, ...[command = '', ...rest]) =>
    roots.get(address)?.call(command, ...rest);
  for (const root of roots.values()) await root.connect();
  const everywhere = async (...command: readonly string[]) => {
    for (const address of servers.addresses) await call(address, ...command);
  };
  const legacy = user('legacy');
  const admin = Secret.of({ username: user('admin'), password: 'the admin password' });
  await everywhere(
    'ACL',
    'SETUSER',
    legacy,
    'on',
    `>${password}`,
    '~orders:*',
    '&orders',
    '+@all',
    '-flushall',
    '(~all +get)',
  );
  await everywhere('ACL', 'SETUSER', user('admin'), 'on', '>the admin password', ...ADMIN_RULES);
  const users = { dual: [user('a'), user('b')], passwords: [legacy] };
  const config = {
    nodes: servers.addresses,
    sslMode: 'disable',
    admin: { secret: 'test/redis/admin' },
    users: users[mode],
    connectTimeoutSeconds: 2,
    commandTimeoutSeconds: 2,
    ...servers.target,
  };
  const current = login('1', legacy, password);
  const clock = { now: () => servers.now(), sleep: async () => undefined };
  const open: RedisWorld['open'] = (target = config, overrides = {}) =>
    redis.create(target, pluginDeps({ clock, credential: async () => admin, ...overrides }));
  return {
    config,
    current,
    admin,
    clock,
    user,
    later: () => servers.later(),
    open,
    call,
    successor: async (from = current) => {
      const version = String(Number(from.version.charAt(0)) + 1).repeat(32);
      const value = await made(await open(), { current: from.value, version, generation: 1 });
      return { next: { version, value }, previous: from };
    },
    use: async ({ value }, name = 'orders-api') => {
      const client = redisAt(servers.addresses.at(-1) ?? '');
      clients.push(client);
      await client.connect();
      await client.call('AUTH', value.field('username') ?? '', value.field('password') ?? '');
      await client.call('CLIENT', 'SETNAME', name);
      return {
        alive: () =>
          client.call('PING').then(
            () => true,
            () => false,
          ),
      };
    },
    close: async () => {
      for (const name of ['legacy', 'a', 'b', 'admin']) await everywhere('ACL', 'DELUSER', user(name));
      for (const client of clients) client.disconnect();
    },
  };
}

/** As many fakes as there are nodes; time passes on all of them at once. */
export function fakeServers(nodes: readonly FakeRedis[]): RedisServers {
  return {
    addresses: nodes.map(({ address }) => address),
    now: () => nodes[0]?.now() ?? 0,
    later: async () => {
      for (const node of nodes) node.pass(CLEARLY_MS);
    },
  };
}

/** Longer than the seconds of a server's clock are unsure. */
export const CLEARLY_MS = 3000;

/** What the contract of secret types needs. */
export const redisTypeWorld = (world: RedisWorld) => ({
  ...world,
  unreachable: { ...world.config, nodes: ['127.0.0.1:1'] },
  foreignAdmin: Secret.of({ ...world.admin.reveal(), password: 'not it' }),
});
