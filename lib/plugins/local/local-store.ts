import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import type Database from 'libsql';
import { replaceAtomically } from '../../core/atomic-file.ts';
import { errorCode, isRotationError, RotationError } from '../../core/errors.ts';
import { createKeyFile, readKeyFile } from '../../core/key-file.ts';
import type { Change, PluginDeps, SecretRef } from '../../core/ports.ts';
import { rewrapStore } from './rewrap-store.ts';
import { type Envelope, entryOf, fileNameOf, readEnvelope, writeEnvelope } from './store-envelope.ts';
import { newStoreKey, parseStoreKeys, type StoreKeys } from './store-key.ts';
import type { Held } from './version-states.ts';

export interface StorePlace {
  readonly directory: string;
  readonly keyFile: string;
}

/** The files of a store. Calls are synchronous, so that within a process nothing comes in between. */
export interface LocalStore {
  /** Looks at what is held for a ref. */
  read<T>(ref: SecretRef, look: (held: Held, key: () => StoreKeys) => T): T;
  /** Changes what is held for a ref, alone among all processes; `undefined` from `edit` changes nothing. */
  update(ref: SecretRef, edit: (held: Held, key: () => StoreKeys) => Held | undefined): Change;
  /** Exchanges the key, and brings every value under the new one. @returns how many values that were */
  rekey(): number;
}

/** Others hold the lock for milliseconds. */
const LOCK_MS = 10_000;

/** @throws StorageFailed, KeyFileExposed, KeyFileInvalid, ValueCorrupt from both methods */
export function localStore(
  place: StorePlace,
  sqlite: typeof Database,
  deps: Pick<PluginDeps, 'random' | 'ids'>,
): LocalStore {
  const { directory } = place;
  const fileOf = (ref: SecretRef) => join(directory, fileNameOf(ref.path));
  const load = (ref: SecretRef, last = ''): { envelope: Envelope; key: StoreKeys } | undefined => {
    const text = readIfThere(fileOf(ref));
    if (text === undefined) return undefined;
    const key = knownKey(place);
    try {
      return { envelope: readEnvelope(text, ref.path, key), key };
    } catch (error) {
      // Between the two reads a rewrapping may have ended, and its old key be gone: then the file is another now.
      if (!isRotationError(error, 'KeyFileInvalid') || text === last) throw error;
      return load(ref, text);
    }
  };
  return {
    read: (ref, look) =>
      storing(directory, () => {
        const found = load(ref);
        return look(found?.envelope[entryOf(ref)] ?? [], () => found?.key ?? knownKey(place));
      }),
    update: (ref, edit) =>
      storing(directory, () =>
        locked(place, sqlite, () => {
          const found = load(ref);
          const key = () => found?.key ?? knownOrNewKey(place, deps);
          const next = edit(found?.envelope[entryOf(ref)] ?? [], key);
          if (next === undefined) return 'not-applied';
          const data = writeEnvelope(ref.path, { ...found?.envelope, [entryOf(ref)]: next }, key());
          replaceAtomically(fs, { file: fileOf(ref), directory, temporary: join(directory, 'next.tmp'), data });
          return 'applied';
        }),
      ),
    rekey: () => storing(directory, () => locked(place, sqlite, () => rewrapStore(place, knownKey(place), deps))),
  };
}

/** Runs `work` under the file lock of an SQLite transaction, which the operating system frees with the process. */
function locked<T>({ directory }: StorePlace, sqlite: typeof Database, work: () => T): T {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = new sqlite(join(directory, 'lock'), { timeout: LOCK_MS });
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return work();
  } finally {
    lock.close();
  }
}

function knownKey({ keyFile }: StorePlace): StoreKeys {
  const text = readKeyFile(fs, keyFile);
  if (text !== undefined) return parseStoreKeys(text, keyFile);
  throw new RotationError('KeyFileInvalid', {
    subject: keyFile,
    detail: 'it is missing, and the store was written with it',
  });
}

/** A key is made for an empty store only. */
function knownOrNewKey(place: StorePlace, { random, ids }: Pick<PluginDeps, 'random' | 'ids'>): StoreKeys {
  const { directory, keyFile } = place;
  if (fs.existsSync(keyFile) || fs.readdirSync(directory).some((name) => name.endsWith('.json')))
    return knownKey(place);
  fs.mkdirSync(dirname(keyFile), { recursive: true, mode: 0o700 });
  return parseStoreKeys(createKeyFile(fs, keyFile, newStoreKey(random), ids.uuid()), keyFile);
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const DETAILS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EACCES: 'this user has no access',
  EROFS: 'the disk is read-only',
  SQLITE_BUSY: `another process held its lock for more than ${LOCK_MS / 1000} seconds`,
};

function storing<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RotationError) throw error;
    const code = errorCode(error);
    const detail = DETAILS[code ?? ''];
    throw new RotationError('StorageFailed', {
      subject: `store ${directory}`,
      ...(detail && { detail }),
      ...(code && { code }),
    });
  }
}
