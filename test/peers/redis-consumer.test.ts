import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { missing, peersCache } from '../support/peers.ts';
import { CACHE, type RedisSite, setUpRedisSite } from '../support/redis-site.ts';
import { root } from '../support/sources.ts';

const reason = missing('redis') ?? missing('redis-py');

describe.skipIf(reason !== undefined)(`a Python consumer of Redis (redis-py) ${reason ?? ''}`, () => {
  let site: RedisSite;
  let consumer: ChildProcess;
  const logins: { user: string; password: string }[] = [];

  beforeAll(async () => {
    const restart = '        restart: { use: process-signal, pidFile: orders.pid, signal: SIGHUP }';
    const verify = '        verify: [{ use: redis-clients, clientName: orders-api }, { use: redis-login }]';
    site = await setUpRedisSite(`${restart}\n${verify}`);
    const script = join(root, 'test/peers/consumers/orders_redis.py');
    const files = ['orders.env', 'orders.pid', 'tally.json'].map((name) => join(site.folder, name));
    consumer = spawn(join(peersCache, 'redis-py/bin/python'), [script, ...files], { stdio: 'inherit' });
    await vi.waitFor(() => expect(existsSync(join(site.folder, 'orders.pid'))).toBe(true), { timeout: 20_000 });
    logins.push(site.consumersLogin());
  });

  afterAll(async () => {
    if (consumer.exitCode === null) consumer.kill('SIGKILL');
    await site.strike();
  });

  it('has a plan that shows what the first rotation runs, without a value', async () => {
    const { code, stdout } = await site.run(['plan', CACHE]);
    expect(code).toBe(0);
    expect(stdout).toContain('ACL SETUSER orders_a');
    expect(stdout).toContain('-@admin');
  });

  it('stays connected through two rotations, and the old user dies on every node', async () => {
    for (const expected of ['orders_a', 'orders_b']) {
      const { code, stderr } = await site.run(['rotate', CACHE, '--yes']);
      expect(code, stderr).toBe(0);
      logins.push(site.consumersLogin());
      expect(logins.at(-1)?.user).toBe(expected);
    }
    consumer.kill('SIGTERM');
    await once(consumer, 'exit');
    const tally = JSON.parse(readFileSync(join(site.folder, 'tally.json'), 'utf8'));
    expect(tally).toMatchObject({ failed_logins: 0, failed_work: 0 });
    expect(tally.logins).toBeGreaterThan(50);
    await expectTheNewestOnly();
  });

  it('is refused and accepted alike after every server has restarted', async () => {
    for (const server of site.servers) await server.restart();
    await expectTheNewestOnly();
  });

  async function expectTheNewestOnly(): Promise<void> {
    expect(await Promise.all(logins.map(({ user, password }) => site.accepting(user, password)))).toEqual(
      logins.map((_login, index) => (index === logins.length - 1 ? 2 : 0)),
    );
    for (const list of await site.everywhere('CLIENT', 'LIST')) expect(list).not.toMatch(/ user=orders(_a)? /);
    const users = (await site.everywhere('ACL', 'LIST')).flatMap((list) =>
      Array.isArray(list) ? list.map(String) : [],
    );
    expect(users.filter((line) => /^user orders(_a)? off ~/.test(line))).toHaveLength(4);
  }
});
