import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Plugin } from 'esbuild';
import { ROOMS, type Use } from './plugins-in-use.ts';

const REGISTRY = /[\\/]lib[\\/]plugins[\\/][\w-]+[\\/]index\.ts$/;

/** Takes from each registry the plugins that no entry uses: what a function does not import, it does not carry. */
export function onlyPluginsIn(uses: readonly Use[]): Plugin {
  const wanted = new Set(uses.map(({ kind, use }) => `${ROOMS[kind]}/${use}`));
  return {
    name: 'only-plugins-in-use',
    setup: ({ onLoad }) => {
      onLoad({ filter: REGISTRY }, async ({ path }) => {
        const room = basename(dirname(path));
        const contents = filterRegistry(await readFile(path, 'utf8'), (file) => wanted.has(`${room}/${file}`));
        return { contents, loader: 'ts', resolveDir: dirname(path) };
      });
    },
  };
}

const SIBLING = /^import \{ (\w+) \} from '\.\/([\w-]+)\.ts';\n/gm;

/** A registry imports each plugin from the file of its name and lists them in one array, and does nothing else. */
export function filterRegistry(source: string, keep: (file: string) => boolean): string {
  const dropped = [...source.matchAll(SIBLING)].filter(([, , file = '']) => !keep(file));
  return dropped.reduce(
    (rest, [line, name]) => rest.replace(line, '').replace(new RegExp(`\\b${name}\\b,?\\s*`), ''),
    source,
  );
}
