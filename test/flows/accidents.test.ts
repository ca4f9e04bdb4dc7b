import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FIRST_PASSWORD, SECRET, type Site, setUpSite } from '../support/rotation-site.ts';
import { root } from '../support/sources.ts';

const consumer = '        verify: [{ use: postgresql-login }]\n    quietDeadline: 1s';

describe('accidents, and what comes of them', () => {
  let site: Site;
  const rotate = () => site.run(['rotate', SECRET, '--yes']);
  const unfinished = async () => JSON.parse((await site.run(['status', '--json'])).stdout).rotations;
  const consumerLogsIn = async () => {
    const { user, password } = site.consumersLogin();
    await (await site.login(user, password)).end();
    return user;
  };

  beforeEach(async () => {
    site = await setUpSite({ classification: 'LOW', consumer });
  });
  afterEach(() => site.strike());

  it('a pool that never reconnects: parks before the pivot, and goes on when its sessions are gone', async () => {
    const stale = await site.login('orders', FIRST_PASSWORD);
    const parked = await rotate();
    expect(parked.code, parked.stderr).toBe(3);
    expect((await stale.query('SELECT 1 AS alive')).rows).toEqual([{ alive: 1 }]);
    const [{ rotation }] = await unfinished();
    await stale.end();
    const resumed = await site.run(['resume', rotation, '--yes']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await consumerLogsIn()).toBe('orders_a');
  }, 60_000);

  it('a wrong admin credential: rolled back, nothing changed', async () => {
    const wrong = JSON.stringify({ username: 'postgres', password: 'not-the-password' });
    expect((await site.run(['put', `${SECRET}-admin`, '--replace', '--yes'], { stdin: wrong })).code).toBe(0);
    const { code, stdout, stderr } = await rotate();
    expect(code, stderr).toBe(1);
    expect(stdout + stderr).toContain('AccessDenied');
    expect(stdout + stderr).not.toContain('not-the-password');
    expect([await unfinished(), (await site.versions()).pending]).toEqual([[], []]);
    expect(await consumerLogsIn()).toBe('orders');
  }, 60_000);

  it('a stored login that is not the real one: refused before anything is made', async () => {
    const other = JSON.stringify({ username: 'orders', password: 'never-was-the-password' });
    expect((await site.run(['put', SECRET, '--replace', '--yes'], { stdin: other })).code).toBe(0);
    const { code, stdout, stderr } = await rotate();
    expect(code, stderr).toBe(1);
    expect(stdout + stderr).toContain('CurrentRefused');
    expect((await site.versions()).pending).toEqual([]);
    expect(await site.rows("SELECT 1 FROM pg_roles WHERE rolname LIKE 'orders\\_%'")).toEqual([]);
  }, 60_000);

  it('a database that is down: rolled back, and rotates when it is up', async () => {
    process.kill(site.postgres.pid, 'SIGSTOP');
    const down = await rotate();
    process.kill(site.postgres.pid, 'SIGCONT');
    expect(down.code, down.stderr).toBe(1);
    expect([await unfinished(), (await site.versions()).pending]).toEqual([[], []]);
    const up = await rotate();
    expect(up.code, up.stderr).toBe(0);
  }, 180_000);

  it('two keyturn processes at once: both end, one after the other', async () => {
    const [one, two] = await Promise.all([rotate(), rotate()]);
    expect([one.code, two.code], one.stderr + two.stderr).toEqual([0, 0]);
    expect(await consumerLogsIn()).toBe('orders_b');
  }, 60_000);

  it('ctrl-C: says how to resume, and resumes', async () => {
    const stale = await site.login('orders', FIRST_PASSWORD);
    const child = spawn(process.execPath, [join(root, 'dist/keyturn.js'), 'rotate', SECRET, '--yes'], {
      cwd: site.folder,
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    await vi.waitFor(() => expect(said).toContain('still uses the old value'), { timeout: 20_000 });
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect([3, 4], said).toContain(code);
    expect(said).toContain('keyturn resume');
    await stale.end();
    const [{ rotation }] = await unfinished();
    const resumed = await site.run(['resume', rotation, '--yes']);
    expect(resumed.code, resumed.stderr).toBe(0);
  }, 60_000);
});
