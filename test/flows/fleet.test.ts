import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fleetSite, idOf } from '../support/fleet-site.ts';
import { assertNoLeak } from '../support/leak.ts';
import { startReloadingConsumer } from '../support/reloading-consumer.ts';
import { useTempDir } from '../support/temp-dir.ts';

const folder = useTempDir();

describe('a fleet', () => {
  it('rotates everything, the canary first, and says so in one report', async () => {
    const site = await fleetSite(folder(), { a: {}, b: {}, c: {} });
    const said = await site.run('rotate', '--all', '--canary', idOf('c'), '--json', '--jitter', '0');
    expect(said.code, said.stderr).toBe(0);
    expect(site.outcomes(said)).toEqual({ a: 'COMMITTED', b: 'COMMITTED', c: 'COMMITTED' });
    expect(said.json()).toMatchObject({ fleet: { canary: idOf('c'), stopped: null, counts: { COMMITTED: 3 } } });
    for (const name of ['a', 'b', 'c']) {
      expect(site.accepted(name)).toEqual(['green']);
      assertNoLeak(said.stdout + said.stderr, `canary-first-of-${name}`);
    }
    const began = said.stderr.split('\n').filter((line) => line.includes('checking the request'));
    expect(began[0]).toContain(idOf('c'));
    expect(began).toHaveLength(3);
  });

  it('stops at a failed canary: the others are not touched', async () => {
    const site = await fleetSite(folder(), { a: {}, b: {}, c: {} });
    site.proven('b', 'blue');
    const said = await site.run('rotate', '--all', '--canary', idOf('b'), '--json');
    expect(said.code).toBe(1);
    expect(site.outcomes(said)).toEqual({ a: 'SKIPPED', b: 'ROLLED_BACK', c: 'SKIPPED' });
    expect(said.json()).toMatchObject({ fleet: { stopped: `the canary ${idOf('b')} ended ROLLED_BACK` } });
    for (const name of ['a', 'b', 'c']) expect(site.accepted(name)).toEqual(['blue']);
    expect((await site.run('status', '--json')).json()).toMatchObject({ rotations: [] });
  });

  it('goes on past a failure, and stops at too many; a quarantine gives the exit code', async () => {
    const site = await fleetSite(folder(), { a: {}, b: {}, c: {}, d: {} });
    site.proven('b', 'none');
    site.proven('c', 'blue');
    const args = ['rotate', '--all', '--concurrency', '1', '--max-failures', '2', '--json'] as const;
    const said = await site.run(...args);
    expect(said.code, said.stderr).toBe(3);
    expect(site.outcomes(said)).toEqual({ a: 'COMMITTED', b: 'QUARANTINED', c: 'ROLLED_BACK', d: 'SKIPPED' });
  }, 90_000);

  it('reports a secret that is refused, with why', async () => {
    const site = await fleetSite(folder(), { a: {}, b: {} });
    const config = join(folder(), 'keyturn.yaml');
    const more = readFileSync(config, 'utf8').replace(`${idOf('b')}:`, `${idOf('empty')}:`);
    writeFileSync(config, more);
    const said = await site.run('rotate', '--all', '--json');
    expect(said.code).toBe(1);
    expect(site.outcomes(said)).toEqual({ a: 'COMMITTED', empty: 'REFUSED' });
    expect(said.stdout).toContain('SecretNotFound');
  });

  it('never rotates a secret beside one that it refers to', async () => {
    const site = await fleetSite(folder(), { a: {}, orders: {}, admin: {} });
    const config = join(folder(), 'keyturn.yaml');
    const admin = `orders.json, admin: { secret: ${idOf('admin')} }`;
    writeFileSync(config, readFileSync(config, 'utf8').replace('orders.json', admin));
    const said = await site.run('rotate', '--all', '--json', '--concurrency', '5');
    expect(said.code, said.stderr).toBe(0);
    const lines = said.stderr.split('\n');
    const last = lines.findLastIndex((line) => line.includes(`${idOf('admin')}  sealing`));
    const first = lines.findIndex((line) => line.includes(`${idOf('orders')}  checking`));
    expect(last).toBeGreaterThan(-1);
    expect(first).toBeGreaterThan(last);
  });

  it('that ctrl-C cuts off is gone on with by resume', async () => {
    const site = await fleetSite(folder(), { a: {}, b: {}, c: {} });
    const cut = await site.runWith(
      { interruptAt: 'having the target accept' },
      'rotate',
      '--all',
      '--concurrency',
      '1',
      '--json',
    );
    expect(cut.code).toBe(4);
    const resumed = await site.run('resume', '--json');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(site.outcomes(resumed)).toEqual({ a: 'COMMITTED', b: 'COMMITTED', c: 'COMMITTED' });
  });

  it('leaves out what another run has rotated since', async () => {
    const site = await fleetSite(folder(), { a: {}, b: {} });
    const cut = await site.runWith(
      { interruptAt: 'having the target accept' },
      'rotate',
      '--all',
      '--concurrency',
      '1',
    );
    expect(cut.code).toBe(4);
    const again = await site.run('rotate', '--all', '--json');
    expect(again.code, again.stderr).toBe(0);
    expect(site.outcomes(again)).toEqual({ a: 'SKIPPED', b: 'SKIPPED' });
    for (const name of ['a', 'b']) expect(site.accepted(name)).toEqual(['green']);
  });

  it('changes nothing when nothing is due', async () => {
    const site = await fleetSite(folder(), { a: {} });
    const said = await site.run('rotate', '--due');
    expect([said.code, said.stdout]).toEqual([0, expect.stringContaining('nothing to rotate')]);
    expect(site.accepted('a')).toEqual(['blue']);
  });
});

describe('secrets of a fleet that one workload uses', () => {
  const shared = async (names: readonly string[]) => {
    const envFile = join(folder(), 'shop.env');
    writeFileSync(envFile, '');
    const consumer = await startReloadingConsumer(envFile, names.map(idOf));
    const own = `{ restart: { use: http-reload, url: "${consumer.origin}/reload" }, verify: [{ use: http-version, url: "${consumer.origin}/versions" }] }`;
    const of = (name: string) => [name, { consumer: own, env: 'shop.env' }] as const;
    return { consumer, site: await fleetSite(folder(), { canary: {}, ...Object.fromEntries(names.map(of)) }) };
  };
  const rotate = ['rotate', '--all', '--canary', idOf('canary'), '--jitter', '0', '--json'] as const;

  it('restart it once for all of them', async () => {
    const { consumer, site } = await shared(['a', 'b', 'c']);
    const said = await site.run(...rotate);
    await consumer.close();
    expect(said.code, said.stderr).toBe(0);
    expect(site.outcomes(said)).toEqual({ canary: 'COMMITTED', a: 'COMMITTED', b: 'COMMITTED', c: 'COMMITTED' });
    expect(consumer.reloads()).toBe(1);
  });

  it('restart it for each where they do not run together', async () => {
    const { consumer, site } = await shared(['a', 'b']);
    const said = await site.run(...rotate, '--concurrency', '1');
    await consumer.close();
    expect(said.code, said.stderr).toBe(0);
    expect(consumer.reloads()).toBe(2);
  });

  it('do not wait for one that never brings its copy', async () => {
    const { consumer, site } = await shared(['a', 'b']);
    writeFileSync(join(folder(), 'b.json'), JSON.stringify({ blue: 'changed outside' }));
    const said = await site.run(...rotate);
    await consumer.close();
    expect(site.outcomes(said)).toMatchObject({ a: 'COMMITTED' });
    expect(consumer.reloads()).toBe(1);
  }, 60_000);
});
