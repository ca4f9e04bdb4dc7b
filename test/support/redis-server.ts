import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import { freePort } from '../../lib/local/free-port.ts';
import { CLEARLY_MS, type RedisServers, redisAt } from './redis-world.ts';

/** A real Redis of a test's own, on loopback. */
export interface RedisServer {
  readonly address: string;
  readonly port: number;
  readonly directory: string;
  /** Ends the process and starts another on the same files. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisOptions {
  /** Users are in an ACL file of their own, not in the configuration file. */
  readonly aclFile?: boolean;
  /** Further lines of redis.conf. */
  readonly lines?: readonly string[];
}

/** @param directory becomes the server's; its files lie there */
export async function startRedis(
  directory: string,
  { aclFile = false, lines = [] }: RedisOptions = {},
): Promise<RedisServer> {
  const port = await freePort();
  const users = join(directory, 'users.acl');
  const settings = ['bind 127.0.0.1', `port ${port}`, `dir ${directory}`, 'save ""', 'appendonly no', ...lines];
  mkdirSync(directory, { recursive: true });
  if (aclFile) writeFileSync(users, 'user default on nopass ~* &* +@all\n');
  const file = join(directory, 'redis.conf');
  writeFileSync(file, [...settings, ...(aclFile ? [`aclfile ${users}`] : [])].map((line) => `${line}\n`).join(''));
  const address = `127.0.0.1:${port}`;
  let child = await spawned(file, address);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return {
    address,
    port,
    directory,
    stop,
    restart: async () => {
      await stop();
      child = await spawned(file, address);
    },
  };
}

async function spawned(file: string, address: string): Promise<ChildProcess> {
  const child = spawn('redis-server', [file], { stdio: 'ignore' });
  await vi.waitFor(() => answers(address), { timeout: 20_000, interval: 50 });
  return child;
}

/** A refusal is an answer too. */
async function answers(address: string): Promise<void> {
  const client = redisAt(address);
  await client.connect();
  client.disconnect();
}

/** A primary and a replica. */
export async function startPair(directory: string, options: RedisOptions): Promise<RedisServer[]> {
  const primary = await startRedis(join(directory, 'primary'), options);
  const lines = [`replicaof 127.0.0.1 ${primary.port}`];
  return [primary, await startRedis(join(directory, 'replica'), { ...options, lines })];
}

/** Three primaries that share the slots. */
export async function startCluster(directory: string, options: RedisOptions): Promise<RedisServer[]> {
  const servers: RedisServer[] = [];
  for (const name of ['one', 'two', 'three'])
    servers.push(
      await startRedis(join(directory, name), {
        ...options,
        lines: ['cluster-enabled yes', 'cluster-node-timeout 2000'],
      }),
    );
  const addresses = servers.map(({ address }) => address);
  execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
  const [first = ''] = addresses;
  await vi.waitFor(() => ready(first), { timeout: 20_000, interval: 100 });
  return servers;
}

async function ready(address: string): Promise<void> {
  const client = redisAt(address);
  await client.connect();
  const info = String(await client.call('CLUSTER', 'INFO'));
  client.disconnect();
  if (!info.includes('cluster_state:ok')) throw new Error('the cluster is not ready');
}

/** What a world needs of them. Their seconds pass as they pass. */
export const realServers = (servers: readonly RedisServer[], target: object = {}): RedisServers => ({
  addresses: servers.map(({ address }) => address),
  target,
  now: Date.now,
  later: () => sleep(CLEARLY_MS),
});
