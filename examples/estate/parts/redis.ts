import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Secret } from '../../../lib/core/secret.ts';
import { freePort } from '../../../lib/local/free-port.ts';
import type { Missing, Part } from '../part.ts';
import { isRefusal } from '../redis-refusal.ts';

const SECRET = 'production/database/sessions';
const ADMIN = 'production/database/sessions-admin';
const PORT = 47_040;

/** A real Redis with a user of its own; npm has none, so that it must be on the machine. */
export async function redis(folder: string): Promise<Part | Missing> {
  if (spawnSync('redis-server', ['--version']).error !== undefined)
    return { secrets: [SECRET, ADMIN], why: 'there is no redis-server on this machine' };
  const port = await freePort();
  const server = await start(folder, port);
  const admin = Secret.of({ username: 'keyturn', password: randomBytes(24).toString('base64url') });
  const first = Secret.of({ username: 'sessions', password: randomBytes(24).toString('base64url') });
  await prepare(port, admin, first);
  const { username: name = '', password = '' } = first.reveal();
  return {
    ports: { [PORT]: port },
    first: { [SECRET]: first, [ADMIN]: admin },
    services: [
      {
        name: 'basket',
        secretId: SECRET,
        kind: 'redis',
        env: { REDIS_URL: `redis://${name}:${password}@127.0.0.1:${port}` },
        port: 47_041,
      },
    ],
    looksAt: [SECRET],
    look: (_, value) => look(port, value),
    stop: async () => {
      server.kill();
      await once(server, 'exit');
    },
  };
}

async function start(folder: string, port: number): Promise<ChildProcess> {
  const dir = join(folder, 'redis');
  mkdirSync(dir);
  const settings = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir, '--save', '', '--appendonly', 'no'];
  writeFileSync(join(dir, 'users.acl'), 'user default on nopass ~* &* +@all\n');
  const server = spawn('redis-server', [...settings, '--aclfile', join(dir, 'users.acl')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of server.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  return server;
}

async function prepare(port: number, admin: Secret, first: Secret): Promise<void> {
  const client = new Redis({ port, host: '127.0.0.1' });
  const { username: boss = '', password: word = '' } = admin.reveal();
  const { username = '', password = '' } = first.reveal();
  const rules = ['-@all', '+acl', '+client', '+info', '+config|get', '+config|rewrite'];
  await client.call('ACL', 'SETUSER', boss, 'on', `>${word}`, ...rules);
  await client.call('ACL', 'SETUSER', username, 'on', `>${password}`, '~*', '+@all', '-@admin', '-@dangerous');
  await client.call('ACL', 'SAVE');
  client.disconnect();
}

async function look(port: number, value: Secret): Promise<'accepted' | 'refused'> {
  const { username = '', password = '' } = value.reveal();
  const client = new Redis({
    port,
    host: '127.0.0.1',
    username,
    password,
    lazyConnect: true,
    retryStrategy: () => null,
  });
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  try {
    await client.connect();
    await client.ping();
    return 'accepted';
  } catch (error) {
    if ([error, ...errors].some(isRefusal)) return 'refused';
    throw error;
  } finally {
    client.disconnect();
  }
}
