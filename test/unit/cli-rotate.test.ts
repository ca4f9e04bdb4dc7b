import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertNoLeak } from '../support/leak.ts';
import { useTempDir } from '../support/temp-dir.ts';
import { FIRST, TOY, type ToySite, toySite } from '../support/toy-site.ts';

const folder = useTempDir();

/** The id of the newest rotation. */
const newest = async (site: ToySite): Promise<string> => {
  const { rotations } = (await site.run('history', '--json')).json();
  return Array.isArray(rotations) ? rotations[0].rotationId : '';
};

const filesOf = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('rotate', () => {
  it('wants exactly one way to select', async () => {
    const site = await toySite(folder());
    for (const args of [[], ['--all', '--due'], [TOY, '--all'], [TOY, '--type', 'toy']]) {
      const { code, stderr } = await site.run('rotate', ...args);
      expect(code, args.join(' ')).toBe(2);
      expect(stderr).toMatch(/nothing is selected|either names, or --all, or a filter/);
    }
    expect((await site.run('history', '--json')).json()).toEqual({ rotations: [] });
  });

  it('passes over what has no rotation in a filter, and refuses it by name', async () => {
    const site = await toySite(folder());
    expect((await site.run('rotate', '--environment', 'staging', '--dry-run', '--json')).json()).toMatchObject({
      plans: [{ secret: TOY }],
    });
    const named = await site.run('rotate', TOY, 'staging/external/hook');
    expect(named.code).toBe(2);
    expect(named.stderr).toContain('no rotation of its own');
    expect((await site.run('history', '--json')).json()).toEqual({ rotations: [] });
    expect((await site.run('rotate', 'staging/apps/shopp')).code).toBe(2);
    expect((await site.run('rotate', '--due')).stdout).toContain('no secret fits');
  });

  it('replaces the value, proves it, and tells how it went', async () => {
    const site = await toySite(folder());
    const { code, stdout, stderr } = await site.run('rotate', TOY);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('every consumer proven on the new version, the old one proven refused');
    expect(stdout).toContain('✔ consumer:shop: says: verdict says so');
    expect(stderr).toContain(`${TOY}  shop  proven`);
    expect(site.accepted()).toEqual(['green']);
    expect(readFileSync(join(folder(), 'shop.env'), 'utf8')).toMatch(/^PASSWORD=.{24}$/m);
    const fresh = /PASSWORD=(.*)/.exec(readFileSync(join(folder(), 'shop.env'), 'utf8'))?.[1] ?? '';
    for (const value of [FIRST, fresh]) {
      assertNoLeak(stdout + stderr, value);
      for (const file of filesOf(join(folder(), 'data'))) assertNoLeak(readFileSync(file, 'latin1'), value, file);
    }
  });

  it('goes back when a consumer does not come along, and says why', async () => {
    const site = await toySite(folder());
    site.proven('blue');
    const { code, json } = await site.run('rotate', TOY, '--json');
    expect(code).toBe(1);
    expect(json()).toMatchObject({ rotations: [{ outcome: 'ROLLED_BACK', failure: { error: 'ConsumerRejected' } }] });
    expect(site.accepted()).toEqual(['blue']);
    const again = await site.run('rollback', await newest(site), '--yes');
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('it ended ROLLED_BACK');
  });

  it('keeps a rotation that ctrl-C cuts off; resume goes on with it', async () => {
    const site = await toySite(folder());
    site.inUse(true);
    const config = join(folder(), 'keyturn.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('quietDeadline: 0s', 'quietDeadline: 1h'));
    const cut = await site.runWith({ interruptAt: 'still uses the old value' }, 'rotate', TOY, '--json');
    expect(cut.code).toBe(4);
    expect(cut.stderr).toContain('can be resumed');
    site.inUse(false);
    const resumed = await site.run('resume', '--json');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.json()).toMatchObject({ rotations: [{ outcome: 'COMMITTED' }] });
    expect((await site.run('resume')).stdout).toContain('nothing is unfinished');
  });
});

describe('a question to a person', () => {
  it('is shown by status, looked at again by resume, and answered with --without-quiet', async () => {
    const site = await toySite(folder());
    site.inUse(true);
    const asked = await site.run('rotate', TOY, '--json');
    expect(asked.code).toBe(3);
    expect(asked.json()).toMatchObject({ rotations: [{ outcome: 'WAITING', question: { kind: 'quiet' } }] });
    const run = await newest(site);
    expect((await site.run('status')).stdout).toContain('the old value is still in use: the file in-use says so');
    expect((await site.run('resume', run)).code).toBe(2);
    expect((await site.run('resume')).code).toBe(3);
    expect((await site.run('resume', run, '--yes')).code).toBe(3);
    expect(site.accepted()).toEqual(['blue', 'green']);
    const forced = await site.run('resume', run, '--yes', '--without-quiet', '--json');
    expect(forced.code, forced.stderr).toBe(0);
    expect(site.accepted()).toEqual(['green']);
  });

  it('can be answered with a way back', async () => {
    const site = await toySite(folder());
    site.inUse(true);
    await site.run('rotate', TOY);
    const back = await site.run('rollback', await newest(site), '--yes');
    expect(back.code, back.stderr).toBe(0);
    expect(site.accepted()).toEqual(['blue']);
  });

  it('keeps the locks in quarantine until it is released', async () => {
    const site = await toySite(folder());
    site.proven('none');
    const { code, json } = await site.run('rotate', TOY, '--json');
    expect(code).toBe(3);
    expect(json()).toMatchObject({ rotations: [{ outcome: 'QUARANTINED' }] });
    const again = await site.run('rotate', TOY);
    expect(again.code).toBe(1);
    expect(again.stdout).toContain('LockHeld');
    const kept = await site.run('release', TOY, '--yes');
    expect(kept.code).toBe(1);
    expect(kept.stderr).toContain('logs in at the target');
    writeFileSync(join(folder(), 'target.json'), JSON.stringify({ blue: FIRST }));
    const freed = await site.run('release', TOY, '--yes');
    expect(freed.code, freed.stderr).toBe(0);
    site.proven('any');
    expect((await site.run('rotate', TOY)).code).toBe(0);
  });
});
