import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Versions } from '../../lib/core/ports.ts';
import { keyturn, type Ran, type RunOptions } from './command.ts';
import { type RedisServer, startPair } from './redis-server.ts';
import { ADMIN_RULES, redisAt } from './redis-world.ts';
import { FIRST_PASSWORD } from './rotation-site.ts';
import { versionsIn } from './site-versions.ts';

export const CACHE = 'production/cache/orders';

/** A folder with keyturn.yaml, and a primary and a replica with one user, as they are before the first rotation. */
export interface RedisSite {
  readonly folder: string;
  readonly servers: readonly RedisServer[];
  run(args: readonly string[], options?: Partial<RunOptions>): Promise<Ran>;
  /** Login and password in the consumer's env file. */
  consumersLogin(): { readonly user: string; readonly password: string };
  /** How many of the two nodes accept a login. */
  accepting(user: string, password: string): Promise<number>;
  /** Runs a command as `default` at each node. */
  everywhere(...command: readonly string[]): Promise<unknown[]>;
  versions(): Promise<Versions>;
  strike(): Promise<void>;
}

/** @param consumer lines of YAML for `restart:` and `verify:` of the one consumer */
export async function setUpRedisSite(consumer: string): Promise<RedisSite> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-site-'));
  const servers = await startPair(join(folder, 'redis'), { aclFile: true });
  const [primary] = servers;
  const envFile = join(folder, 'orders.env');
  const at = async <T>(address: string, work: (client: ReturnType<typeof redisAt>) => Promise<T>): Promise<T> => {
    const client = redisAt(address);
    await client.connect();
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  };
  const everywhere: RedisSite['everywhere'] = (...[name = '', ...rest]) =>
    Promise.all(servers.map(({ address }) => at(address, (client) => client.call(name, ...rest))));
  const accepting: RedisSite['accepting'] = async (user, password) => {
    const asked = servers.map(({ address }) => at(address, (client) => client.call('AUTH', user, password)));
    const answers = await Promise.allSettled(asked);
    return answers.filter(({ status }) => status === 'fulfilled').length;
  };
  await everywhere('ACL', 'SETUSER', 'orders', 'on', `>${FIRST_PASSWORD}`, '~orders:*', '+@all', '-@admin');
  await everywhere('ACL', 'SETUSER', 'keyturn', 'on', `>${FIRST_PASSWORD}`, ...ADMIN_RULES);
  await everywhere('ACL', 'SAVE');
  writeFileSync(envFile, `REDIS_URL=redis://orders:${FIRST_PASSWORD}@${primary?.address}/0\n`);
  writeFileSync(join(folder, 'keyturn.yaml'), yaml(primary?.address ?? '', consumer));
  const run: RedisSite['run'] = (args, options) => keyturn(args, { cwd: folder, ...options });
  await put(run, `${CACHE}-admin`, 'keyturn');
  await put(run, CACHE, 'orders');
  return {
    folder,
    servers,
    run,
    accepting,
    everywhere,
    consumersLogin: () => loginIn(readFileSync(envFile, 'utf8')),
    versions: () => versionsIn(folder, CACHE),
    strike: async () => {
      for (const server of servers) await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function put(run: RedisSite['run'], secretId: string, username: string): Promise<void> {
  const { code, stderr } = await run(['put', secretId], {
    stdin: JSON.stringify({ username, password: FIRST_PASSWORD }),
  });
  if (code !== 0) throw new Error(`put ended with ${code}: ${stderr}`);
}

function loginIn(text: string) {
  const [, user = '', password = ''] = /redis:\/\/([^:]+):([^@]+)@/.exec(text) ?? [];
  return { user, password: decodeURIComponent(password) };
}

const yaml = (address: string, consumer: string) => `version: 1
organization: test
environments: { production: {} }
backends: { store: { use: local } }
secrets:
  ${CACHE}:
    type: redis
    classification: LOW
    owner: orders-team
    target: { nodes: ["${address}"], discover: replicas, sslMode: disable, connectTimeoutSeconds: 2, admin: { secret: ${CACHE}-admin }, users: [orders_a, orders_b] }
    consumers:
      - name: orders-api
        propagate: { use: env-file, path: orders.env, data: { REDIS_URL: "redis://{username:url}:{password:url}@{host}:{port}/0" } }
${consumer}
  ${CACHE}-admin: { type: external, classification: CRITICAL, owner: dba-team }
`;
