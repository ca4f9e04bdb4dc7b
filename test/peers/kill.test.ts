import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Versions } from '../../lib/core/ports.ts';
import { assertNoLeak } from '../support/leak.ts';
import { missing } from '../support/peers.ts';
import { CACHE, type RedisSite, setUpRedisSite } from '../support/redis-site.ts';
import { FIRST_PASSWORD, SECRET, type Site, setUpSite } from '../support/rotation-site.ts';

/** A folder with keyturn.yaml and its target, as this suite needs it of every kind of secret. */
interface Killed extends Pick<Site, 'folder' | 'run' | 'consumersLogin' | 'strike'> {
  versions(): Promise<Versions>;
  /** @throws when the target refuses the consumer's copy */
  login(): Promise<void>;
  /** How many logins of the consumer the target would accept. */
  open(): Promise<number>;
}

interface Kind {
  readonly label: string;
  readonly secret: string;
  readonly kills: number;
  readonly reason: string | undefined;
  start(): Promise<Killed>;
}

const postgresql = (site: Site): Killed => ({
  ...site,
  login: async () => {
    const { user, password } = site.consumersLogin();
    await (await site.login(user, password)).end();
  },
  open: async () =>
    (await site.rows("SELECT rolname FROM pg_roles WHERE rolname IN ('orders_a', 'orders_b') AND rolcanlogin")).length,
});

const redis = (site: RedisSite): Killed => ({
  ...site,
  login: async () => {
    const { user, password } = site.consumersLogin();
    expect(await site.accepting(user, password)).toBe(2);
  },
  open: async () => {
    const lists = await site.everywhere('ACL', 'LIST');
    const on = lists.map((list) => String(list).match(/user orders(_[ab])? on #/g)?.length ?? 0);
    expect(new Set(on).size, 'the nodes differ').toBe(1);
    return on[0] ?? 0;
  },
});

/** Longer than a whole rotation takes, so that the moments cover all of it. */
const LONGEST_MS = 4000;
const KILLS = Number(process.env.KEYTURN_KILLS ?? 50);

const KINDS: readonly Kind[] = [
  {
    label: 'postgresql',
    secret: SECRET,
    kills: KILLS,
    reason: undefined,
    start: async () =>
      postgresql(await setUpSite({ classification: 'LOW', consumer: '        verify: [{ use: postgresql-login }]' })),
  },
  {
    label: 'redis, on a primary and a replica',
    secret: CACHE,
    kills: Math.min(KILLS, 20),
    reason: missing('redis'),
    start: async () => redis(await setUpRedisSite('        verify: [{ use: redis-login }]')),
  },
];

describe.each(KINDS)('kill -9 at $kills moments of a rotation of $label, then resume', (kind) => {
  const { secret, kills, reason, start } = kind;
  describe.skipIf(reason !== undefined)(reason ?? 'its target', () => {
    let site: Killed;
    beforeAll(async () => {
      site = await start();
    });
    afterAll(() => site.strike());

    const json = async (args: readonly string[]) => JSON.parse((await site.run([...args, '--json'])).stdout);

    it('ends clean each time: one version per rotation, no lockout, nothing pending', async () => {
      const moments = Array.from({ length: kills }, (_, index) => 150 + (index * LONGEST_MS) / kills);
      for (const killAfterMs of moments) {
        await site.run(['rotate', secret, '--yes'], { killAfterMs });
        const { code, stderr } = await site.run(['resume', '--yes']);
        expect([0, 1], `killed after ${killAfterMs} ms: ${stderr}`).toContain(code);
        expect((await json(['status'])).rotations, `killed after ${killAfterMs} ms`).toEqual([]);
        expect((await site.versions()).pending, `killed after ${killAfterMs} ms`).toEqual([]);
        await site.login();
      }
      const { rotations } = await json(['history', secret, '--limit', String(2 * kills)]);
      const versions = rotations.map((rotation: { version: string }) => rotation.version);
      expect(new Set(versions).size).toBe(versions.length);
      expect(await site.open()).toBe(1);
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
});
