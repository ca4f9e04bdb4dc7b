import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { missing, peersCache } from '../support/peers.ts';
import { type Site, setUpSite } from '../support/rotation-site.ts';
import { root } from '../support/sources.ts';

const reason = missing('psycopg');

describe.skipIf(reason !== undefined)(`a Python consumer (psycopg)${reason === undefined ? '' : `: ${reason}`}`, () => {
  let site: Site;
  let consumer: ChildProcess;

  beforeAll(async () => {
    const restart = '        restart: { use: process-signal, pidFile: orders.pid, signal: SIGHUP }';
    const verify = '        verify: [{ use: postgresql-sessions, applicationName: orders-api }]';
    site = await setUpSite({ classification: 'LOW', consumer: `${restart}\n${verify}` });
    const script = join(root, 'test/peers/consumers/orders.py');
    const files = ['orders.env', 'orders.pid', 'tally.json'].map((name) => join(site.folder, name));
    consumer = spawn(join(peersCache, 'psycopg/bin/python'), [script, ...files], { stdio: 'inherit' });
    await vi.waitFor(() => expect(existsSync(join(site.folder, 'orders.pid'))).toBe(true), { timeout: 20_000 });
  });

  afterAll(async () => {
    if (consumer.exitCode === null) consumer.kill('SIGKILL');
    await site.strike();
  });

  it('stays connected through two rotations, and the old login dies', async () => {
    const logins = [site.consumersLogin()];
    for (const expected of ['orders_a', 'orders_b']) {
      const { code, stderr } = await site.run(['rotate', 'production/database/orders', '--yes']);
      expect(code, stderr).toBe(0);
      logins.push(site.consumersLogin());
      expect(logins.at(-1)?.user).toBe(expected);
    }
    for (const old of logins.slice(0, -1)) {
      await expect(site.login(old.user, old.password)).rejects.toMatchObject({ code: expect.stringMatching(/^28/) });
      expect(await site.rows(`SELECT pid FROM pg_stat_activity WHERE usename = '${old.user}'`)).toEqual([]);
    }
    consumer.kill('SIGTERM');
    await once(consumer, 'exit');
    const tally = JSON.parse(readFileSync(join(site.folder, 'tally.json'), 'utf8'));
    expect(tally).toMatchObject({ failed_logins: 0, failed_work: 0 });
    expect(tally.logins).toBeGreaterThan(50);
  });

  it('leaves what either login makes with the owner role', async () => {
    const { user, password } = site.consumersLogin();
    const client = await site.login(user, password);
    await client.query('CREATE TABLE made_by_consumer (id int)');
    await client.end();
    const owners = await site.rows(
      "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    );
    expect(owners).toEqual([
      { tablename: 'made_by_consumer', tableowner: 'orders_owner' },
      { tablename: 'orders', tableowner: 'orders_owner' },
    ]);
  });
});
