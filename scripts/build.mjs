import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

/** Bundles the command line: what a command needs is a file of its own, loaded when it runs. */
const outdir = 'dist';

await rm(`${outdir}/chunks`, { recursive: true, force: true });
await build({
  entryPoints: { keyturn: 'bin/keyturn.ts', plugin: 'lib/core/plugin-api.ts' },
  outdir,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  banner: { js: '#!/usr/bin/env node' },
  sourcemap: 'linked',
  logLevel: 'warning',
});
