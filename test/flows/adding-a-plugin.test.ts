import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyturn } from '../support/command.ts';
import { setUpSite } from '../support/rotation-site.ts';
import { readSource, root } from '../support/sources.ts';

/** The plugin of docs/adding-a-plugin.md, as it stands there. */
function pluginOfThePage(): string {
  const [, code = ''] = /```ts keyturn\.config\.ts\n(.*?)```/s.exec(readSource('docs/adding-a-plugin.md')) ?? [];
  return code;
}

describe('docs/adding-a-plugin.md', () => {
  it('adds a propagator from outside, which then takes part in a rotation', async () => {
    const site = await setUpSite({ classification: 'LOW', consumer: '        verify: [{ use: postgresql-login }]' });
    try {
      mkdirSync(join(site.folder, 'node_modules'));
      symlinkSync(root, join(site.folder, 'node_modules/keyturn'));
      symlinkSync(join(root, 'node_modules/zod'), join(site.folder, 'node_modules/zod'));
      writeFileSync(join(site.folder, 'keyturn.config.ts'), pluginOfThePage());
      const config = join(site.folder, 'keyturn.yaml');
      const withPlugin = readFileSync(config, 'utf8').replace(
        /propagate: .*/,
        'propagate: { use: json-file, path: orders.json }',
      );
      writeFileSync(config, withPlugin);

      const { code, stderr } = await site.run(['rotate', 'production/database/orders', '--yes']);
      expect(code, stderr).toBe(0);

      const { username, password, version } = JSON.parse(readFileSync(join(site.folder, 'orders.json'), 'utf8'));
      const history = JSON.parse((await site.run(['history', 'production/database/orders', '--json'])).stdout);
      expect(version).toBe(history.rotations[0].version);
      await (await site.login(username, password)).end();

      writeFileSync(config, withPlugin.replace('path: orders.json', 'pathh: orders.json'));
      const refused = await keyturn(['validate'], { cwd: site.folder });
      expect(refused.code).toBe(2);
      expect(refused.stdout + refused.stderr).toContain('pathh');
    } finally {
      await site.strike();
    }
  }, 90_000);
});
