import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceAtomically } from '../../core/atomic-file.ts';
import type { PluginDeps } from '../../core/ports.ts';
import type { StorePlace } from './local-store.ts';
import { type Envelope, pathIn, readEnvelope, writeEnvelope } from './store-envelope.ts';
import { newStoreKey, parseStoreKeys, type StoreKeys } from './store-key.ts';

type Deps = Pick<PluginDeps, 'random' | 'ids'>;

/**
 * Makes a new key, keeps the old beside it, brings every value under the new one, and drops the old. After a crash anywhere
 * in between all values open, and the next call goes on with the key that was made. The caller has the store's lock.
 *
 * @returns how many values there are
 */
export function rewrapStore(place: StorePlace, found: StoreKeys, deps: Deps): number {
  const names = fs.readdirSync(place.directory).filter((name) => name.endsWith('.json'));
  // A file that does not open ends it here, before anything lies under a key that no backup has.
  for (const name of names) readFile(place, name, found);
  const keys = found.hasFormer ? found : addKey(place, deps);
  const counts = names.map((name) => rewrapFile(place, name, keys, deps));
  writeKeys(place, deps, (lines) => lines.slice(0, 1));
  return counts.reduce((sum, count) => sum + count, 0);
}

function addKey(place: StorePlace, deps: Deps): StoreKeys {
  return parseStoreKeys(
    writeKeys(place, deps, (lines) => [newStoreKey(deps.random).trim(), ...lines]),
    place.keyFile,
  );
}

function writeKeys({ keyFile }: StorePlace, { ids }: Deps, edit: (lines: string[]) => string[]): string {
  const lines = edit(fs.readFileSync(keyFile, 'utf8').trim().split('\n'));
  const data = `${lines.join('\n')}\n`;
  replaceAtomically(fs, { file: keyFile, directory: dirname(keyFile), temporary: `${keyFile}.${ids.uuid()}`, data });
  return data;
}

function readFile({ directory }: StorePlace, name: string, keys: StoreKeys): { path: string; found: Envelope } {
  const text = fs.readFileSync(join(directory, name), 'utf8');
  const path = pathIn(text, name);
  return { path, found: readEnvelope(text, path, keys) };
}

function rewrapFile(place: StorePlace, name: string, keys: StoreKeys, deps: Deps): number {
  const { directory } = place;
  const { path, found } = readFile(place, name, keys);
  const envelope: Envelope = Object.fromEntries(
    Object.entries(found).map(([entry, held]) => [
      entry,
      held.map((one) => {
        const bound = { path, entry, version: one.version };
        return { ...one, value: keys.seal(keys.open(one.value, bound), bound, deps.random) };
      }),
    ]),
  );
  const data = writeEnvelope(path, envelope, keys);
  replaceAtomically(fs, { file: join(directory, name), directory, temporary: join(directory, 'next.tmp'), data });
  return Object.values(envelope).reduce((sum, held) => sum + held.length, 0);
}
