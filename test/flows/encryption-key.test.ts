import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKey } from '../../lib/plugins/encryption/wrapping.ts';
import { cli } from '../support/cli.ts';
import { startEnvelopeService } from '../support/envelope-service.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { useTempDir } from '../support/temp-dir.ts';

const folder = useTempDir();
const SECRET = 'production/encryption/orders';

const yaml = (origin: string) => `version: 1
organization: test
environments: { production: {} }
backends: { local: { use: local } }
secrets:
  ${SECRET}:
    type: encryption-key
    classification: LOW
    owner: orders-team
    target: { adapter: envelope, data: { in: files, folder: wrapped, suffix: .key }, batch: 7 }
    consumers:
      - name: orders-api
        propagate: { use: file-template, path: keyring.json, template: '{"version":"{version}","keyring":"{keyring:json}"}' }
        verify: [{ use: http-version, url: "${origin}/version" }, { use: decrypt-probe, url: "${origin}/probe" }]
`;

describe('an application under traffic', () => {
  const at = (name: string) => join(folder(), name);
  let service: Awaited<ReturnType<typeof startEnvelopeService>>;
  let key: string;
  const kidsOfData = () =>
    new Set(
      readdirSync(at('wrapped'))
        .filter((name) => name.endsWith('.key'))
        .map((name) => readFileSync(join(at('wrapped'), name), 'utf8').split('.')[1]),
    );

  beforeEach(async () => {
    mkdirSync(at('wrapped'));
    key = makeKey(pluginDeps().random);
    const first = { kid: 'by-hand', state: 'active', since: '2026-01-01T00:00:00.000Z', material: key };
    writeFileSync(at('keyring.json'), JSON.stringify({ version: '', keyring: JSON.stringify({ keys: [first] }) }));
    const files = { keyring: at('keyring.json'), folder: at('wrapped') };
    service = await startEnvelopeService({ secretId: SECRET, ...files, most: 30 });
    writeFileSync(at('keyturn.yaml'), yaml(service.origin));
    const put = await cli(folder(), ['put', SECRET], { stdin: JSON.stringify({ kid: 'by-hand', key }) });
    expect(put.code, put.stderr).toBe(0);
  });
  afterEach(() => service.close());

  it('fails to open nothing over two rotations, and nothing is left under an old key', {
    timeout: 60_000,
  }, async () => {
    for (const round of [1, 2]) {
      const { code, stderr } = await cli(folder(), ['rotate', SECRET, '--yes']);
      expect(code, `round ${round}: ${stderr}`).toBe(0);
    }
    expect(service.failed).toEqual([]);
    expect(service.counts.opened).toBeGreaterThan(service.counts.written);
    const [first, , last] = [...service.kids];
    expect([service.kids.size, first, [...kidsOfData()]]).toEqual([3, 'by-hand', [last]]);
    const register = readFileSync(join(at('wrapped'), '.keyturn-keys.json'), 'utf8');
    expect(JSON.parse(register).keys['by-hand']).toEqual({ state: 'destroyed' });
    const history = await cli(folder(), ['history', SECRET, '--json']);
    expect(history.stdout).not.toContain(key);
  });
});
