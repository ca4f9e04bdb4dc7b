import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertNoLeak } from '../support/leak.ts';
import { FIRST_PASSWORD, SECRET, type Site, setUpSite } from '../support/rotation-site.ts';

const KILLS = Number(process.env.KEYTURN_KILLS ?? 50);
/** Longer than a whole rotation takes, so that the moments cover all of it. */
const LONGEST_MS = 4000;

describe(`kill -9 at ${KILLS} moments of a rotation, then resume`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await setUpSite({ classification: 'LOW', consumer: '        verify: [{ use: postgresql-login }]' });
  });
  afterAll(() => site.strike());

  const json = async (args: readonly string[]) => JSON.parse((await site.run([...args, '--json'])).stdout);

  it('ends clean each time: one version per rotation, no lockout, nothing pending', async () => {
    const moments = Array.from({ length: KILLS }, (_, index) => 150 + (index * LONGEST_MS) / KILLS);
    for (const killAfterMs of moments) {
      await site.run(['rotate', SECRET, '--yes'], { killAfterMs });
      const { code, stderr } = await site.run(['resume', '--yes']);
      expect([0, 1], `killed after ${killAfterMs} ms: ${stderr}`).toContain(code);
      expect((await json(['status'])).rotations, `killed after ${killAfterMs} ms`).toEqual([]);
      expect((await site.versions()).pending, `killed after ${killAfterMs} ms`).toEqual([]);
      const { user, password } = site.consumersLogin();
      await (await site.login(user, password)).end();
    }
    const { rotations } = await json(['history', SECRET, '--limit', String(2 * KILLS)]);
    const versions = rotations.map((rotation: { version: string }) => rotation.version);
    expect(new Set(versions).size).toBe(versions.length);
    expect(
      await site.rows("SELECT rolname FROM pg_roles WHERE rolname IN ('orders_a', 'orders_b') AND rolcanlogin"),
    ).toHaveLength(1);
  }, 900_000);

  it('leaves neither the first nor the last password in a file outside the encrypted store', () => {
    const files = readdirSync(join(site.folder, '.keyturn'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('store'))
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.map((file) => basename(file))).toEqual(
      expect.arrayContaining(['ledger.db', 'journal', 'keyturn.log']),
    );
    for (const file of files) {
      const text = readFileSync(file, 'latin1');
      for (const password of [FIRST_PASSWORD, site.consumersLogin().password]) assertNoLeak(text, password, file);
    }
  });
});
