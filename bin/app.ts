import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../lib/core/config.ts';
import { bundleEstate } from '../lib/infra/bundle-estate.ts';
import { estatesOf } from '../lib/infra/estate.ts';
import { keyturnApp } from '../lib/infra/keyturn-app.ts';
import { builtIn } from '../lib/runtime/catalog.ts';
import { readConfig } from '../lib/runtime/read-config.ts';

const root = resolve(import.meta.dirname, '..');
const example = join(root, 'examples/postgresql/keyturn.yaml');
const file = process.env.KEYTURN_CONFIG ?? ['keyturn.yaml', example].find(existsSync) ?? example;

const result = readConfig(file, builtIn);
if ('config' in result) {
  await synthesize(result.config);
} else {
  for (const { path, line, message, remedy } of result.errors)
    console.error(`${file}:${line}: ${path}: ${message}; ${remedy}`);
  process.exitCode = 2;
}

async function synthesize(config: Config): Promise<void> {
  const sources = { root, baseDir: dirname(resolve(file)), outdir: join(root, 'dist/functions') };
  const bundled = estatesOf(config, builtIn).map(async (estate) => ({
    estate,
    bundles: await bundleEstate(estate, sources),
  }));
  keyturnApp({ estates: await Promise.all(bundled), root }).synth();
}
