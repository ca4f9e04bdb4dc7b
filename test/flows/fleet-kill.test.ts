import { describe, expect, it } from 'vitest';
import { keyturn } from '../support/command.ts';
import { fleetSite } from '../support/fleet-site.ts';
import { useTempDir } from '../support/temp-dir.ts';

const folder = useTempDir();
/** From the intake to the end of the second of three rotations. */
const MOMENTS = [400, 900, 1500, 2500, 4000, 6000];

describe('kill -9 in the middle of a fleet, then resume', () => {
  it.each(MOMENTS)(
    'after %i ms leaves no secret half-done, and one version of each',
    async (killAfterMs) => {
      const site = await fleetSite(folder(), { a: {}, b: {}, c: {} });
      const run = (args: readonly string[], kill?: number) =>
        keyturn([...args, '--data', 'data', '--json', '--yes'], {
          cwd: folder(),
          ...(kill !== undefined && { killAfterMs: kill }),
        });
      await run(['rotate', '--all', '--jitter', '0'], killAfterMs);
      const resumed = await run(['resume']);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect((await site.run('status', '--json')).json()).toMatchObject({ rotations: [] });
      const { rotations } = (await site.run('history', '--json')).json();
      const records = Object.values(Object(rotations)).map((it) => Object(it));
      expect(records.every(({ status }) => status === 'COMMITTED')).toBe(true);
      expect(new Set(records.map(({ secretId }) => secretId)).size).toBe(records.length);
      for (const name of ['a', 'b', 'c']) {
        const isRotated = records.some(({ secretId }) => secretId.endsWith(`/${name}`));
        expect(site.accepted(name)).toEqual([isRotated ? 'green' : 'blue']);
      }
      // A fleet is in the journal with all of its members, or not at all.
      expect([0, 3]).toContain(records.length);
    },
    120_000,
  );
});
