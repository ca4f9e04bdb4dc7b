import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { certificateIn, serialOf } from '../../lib/plugins/certificates/pem.ts';
import { makeIntermediate, makeRoot } from '../support/authorities.ts';
import { keyturn } from '../support/command.ts';
import { SHOP, type ShopSite, shopSite } from '../support/shop-site.ts';
import { useTempDir } from '../support/temp-dir.ts';

const KILLS = Number(process.env.KEYTURN_KILLS ?? 20);
/** Longer than a whole rotation with three stages takes, so that the moments cover all of it. */
const LONGEST_MS = 7000;
/** Before it no rotation has begun. */
const FIRST_MS = 800;

const folder = useTempDir();
const place = (name: string) => `{ certificateFile: ${name}.pem, keyFile: ${name}.key }`;
const issuer = (now: string, before: string) =>
  `{ use: local-ca, authority: ${place(now)}, earlier: [${place(before)}], rootFile: root-of-${now}.pem }`;

const index = z.object({ issued: z.array(z.object({ serial: z.string(), revokedAt: z.string().optional() })) });
const ended = z.object({ rotations: z.array(z.object({ version: z.string(), status: z.string() })) });

describe(`kill -9 at ${KILLS} moments of a reissue, each to another authority, then resume`, () => {
  let site: ShopSite;
  beforeEach(async () => {
    for (const name of ['one', 'two']) {
      makeRoot(folder(), `root-of-${name}`);
      makeIntermediate(folder(), `root-of-${name}`, name);
    }
    site = await shopSite(folder(), issuer('one', 'two'));
    expect((await site.rotate())?.record).toMatchObject({ status: 'COMMITTED' });
  });
  afterEach(() => site.close());

  const run = (args: readonly string[], killAfterMs?: number) =>
    keyturn([...args, '--data', 'data'], { cwd: folder(), ...(killAfterMs !== undefined && { killAfterMs }) });
  const live = () => {
    const { issued } = index.parse(JSON.parse(readFileSync(join(folder(), 'data/local-ca/index.json'), 'utf8')));
    return issued.filter(({ revokedAt }) => revokedAt === undefined).map(({ serial }) => serial);
  };

  it('ends clean each time: one live certificate, the one that is stored; no handshake fails', async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const moment = FIRST_MS + (kill * LONGEST_MS) / KILLS;
      site.use(kill % 2 === 0 ? issuer('two', 'one') : issuer('one', 'two'));
      await run(['rotate', SHOP, '--yes'], moment);
      const { code, stderr } = await run(['resume', '--yes']);
      expect([0, 1], `killed after ${moment} ms: ${stderr}`).toContain(code);
      const stored = (await site.current()).field('certificate') ?? '';
      expect(live(), `killed after ${moment} ms`).toEqual([serialOf(certificateIn(stored, 'test'))]);
      expect(readFileSync(join(folder(), 'shop.pem'), 'utf8')).toContain(stored);
      expect((await site.versions()).pending, `killed after ${moment} ms`).toEqual([]);
      expect(site.traffic.failures, `killed after ${moment} ms`).toEqual([]);
    }
    const { rotations } = ended.parse(JSON.parse((await run(['history', SHOP, '--limit', '99', '--json'])).stdout));
    const versions = rotations.map(({ version }) => version);
    expect(new Set(versions).size).toBe(versions.length);
    const statuses = rotations.map(({ status }) => status);
    expect(statuses.filter((status) => status === 'COMMITTED').length, statuses.join()).toBeGreaterThan(KILLS / 2);
  }, 900_000);
});
