import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { onlyPluginsIn } from './plugin-filter.ts';
import type { Use } from './plugins-in-use.ts';

export interface BundleOptions {
  /** The root of Keyturn's own source. */
  readonly root: string;
  /** Gets one folder per function. */
  readonly outdir: string;
  /** Names of the files in lambdas/. */
  readonly steps: readonly string[];
  /** The only plugins that the functions carry. */
  readonly uses: readonly Use[];
  /** Files that travel with every function: name below its folder -> content. */
  readonly files: Readonly<Record<string, string>>;
}

/** esbuild leaves `require` of CommonJS packages to the runtime, which has none in a module. */
const REQUIRE = "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);";

/** One pass for all functions of a stack. */
export async function bundle({ root, outdir, steps, uses, files }: BundleOptions): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: steps.map((step) => ({ in: join('lambdas', `${step}.ts`), out: join(step, 'index') })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: ['pg-native'],
    minify: true,
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    banner: { js: REQUIRE },
    logLevel: 'error',
    plugins: [onlyPluginsIn(uses)],
  });
  for (const step of steps) writeFiles(join(outdir, step), files);
  return metafile;
}

function writeFiles(folder: string, files: BundleOptions['files']): void {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, content);
  }
}
