import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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

/**
 * One pass for all functions of a stack. What several of them share, and what is imported lazily, is a file of its own,
 * so that a cold start reads no more than its step needs; each folder gets the files that its function may load.
 */
export async function bundle({ root, outdir, steps, uses, files }: BundleOptions): Promise<void> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: steps.map((step) => join('lambdas', `${step}.ts`)),
    outdir: join(outdir, 'step'),
    write: false,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
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
  const imports = importsOf(metafile);
  const contents = new Map(outputFiles.map((file) => [basename(file.path), file.contents]));
  rmSync(outdir, { recursive: true, force: true });
  for (const step of steps) {
    const names = [...reachable(`${step}.mjs`, imports)].flatMap((name) => [name, `${name}.map`]);
    const code = names.map((name) => [name, contents.get(name) ?? ''] as const);
    writeFiles(join(outdir, step), { ...Object.fromEntries(code), ...files });
  }
}

type Imports = ReadonlyMap<string, readonly string[]>;

/** Each file of code with those that it imports. */
const importsOf = ({ outputs }: Metafile): Imports =>
  new Map(
    Object.entries(outputs).map(([file, { imports }]) => [
      basename(file),
      imports.filter(({ external }) => external !== true).map(({ path }) => basename(path)),
    ]),
  );

function reachable(name: string, imports: Imports, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const imported of imports.get(name) ?? []) reachable(imported, imports, seen);
  return seen;
}

function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
