import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** Bundles the command line: what a command needs is a file of its own, loaded when it runs. */
const { metafile } = await build({
  entryPoints: { keyturn: 'bin/keyturn.ts', plugin: 'lib/core/plugin-api.ts' },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  banner: { js: '#!/usr/bin/env node' },
  sourcemap: 'linked',
  metafile: true,
  logLevel: 'warning',
});

/** Chunks of earlier builds go last, so that a command never meets a missing one. */
const made = new Set(Object.keys(metafile.outputs).map((file) => basename(file)));
const stale = (await readdir('dist/chunks')).filter((file) => !made.has(file));
await Promise.all(stale.map((file) => rm(join('dist/chunks', file), { force: true })));
