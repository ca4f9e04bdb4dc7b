import { join, resolve } from 'node:path';
import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { BackendClient, Clock, Random, SecretRef } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { fromStored, toStored } from '../../core/stored-fields.ts';
import { type LocalStore, localStore } from '../local/local-store.ts';
import { entryOf } from '../local/store-envelope.ts';
import type { Place, StoreKeys } from '../local/store-key.ts';
import {
  addPending,
  byId,
  demoteVersion,
  discardVersion,
  findVersion,
  type Held,
  type HeldVersion,
  promoteVersion,
  versionsOf,
} from '../local/version-states.ts';

const config = z.strictObject({
  use: z.literal('local'),
  /** Where the files lie, relative to keyturn.yaml; `store` in the data directory when absent. */
  directory: z.string().min(1).optional(),
  /** The key that they are encrypted with, relative to keyturn.yaml; `store.key` beside the directory when absent. */
  keyFile: z.string().min(1).optional(),
});

/** Values in encrypted files on this machine: one file a path, replaced in one step, written by one process at a time. */
export const local = definePlugin({
  name: 'local',
  summary: 'Encrypted files on this machine (AES-256-GCM)',
  config,
  capabilities: ['sibling-fields'],
  create: async (options, deps): Promise<BackendClient> => {
    const { default: sqlite } = await import('libsql');
    const directory =
      options.directory === undefined ? join(deps.dataDir, 'store') : resolve(deps.baseDir, options.directory);
    const keyFile =
      options.keyFile === undefined ? join(directory, '..', 'store.key') : resolve(deps.baseDir, options.keyFile);
    return client(localStore({ directory, keyFile }, sqlite, deps), deps);
  },
});

function client(store: LocalStore, { clock, random }: { clock: Clock; random: Random }): BackendClient {
  const moveOf = ({ path }: SecretRef) => ({ path, since: new Date(clock.now()).toISOString() });
  return {
    stage: async (ref, version, value) =>
      store.update(ref, (held, key) => {
        if (isThere(ref, held, key, version, value)) return undefined;
        const sealed = key().seal(toStored(ref, value), placeOf(ref, version), random);
        return addPending(held, version, sealed, moveOf(ref));
      }),
    read: async (ref, version) =>
      store.read(ref, (held, key) => {
        const found = findVersion(held, version, ref.path);
        return { version: found.version, value: openValue(ref, found, key()) };
      }),
    promote: async (ref, version, expected) =>
      store.update(ref, (held) => promoteVersion(held, version, expected, moveOf(ref))),
    demote: async (ref, version, previous) =>
      store.update(ref, (held) => demoteVersion(held, version, previous, moveOf(ref))),
    discard: async (ref, version) => store.update(ref, (held) => discardVersion(held, version, moveOf(ref))),
    versions: async (ref) => store.read(ref, versionsOf),
    rekey: async () => store.rekey(),
  };
}

const placeOf = (ref: SecretRef, version: string): Place => ({ path: ref.path, entry: entryOf(ref), version });

const openValue = (ref: SecretRef, { value, version }: HeldVersion, key: StoreKeys): Secret =>
  fromStored(ref, key.open(value, placeOf(ref, version)));

/** Whether this very value is held under this id. @throws VersionConflict when another one is */
function isThere(ref: SecretRef, held: Held, key: () => StoreKeys, version: string, value: Secret): boolean {
  const found = byId(held, version);
  if (found === undefined) return false;
  if (openValue(ref, found, key()).equals(value)) return true;
  throw new RotationError('VersionConflict', { subject: ref.path, detail: `version ${version}` });
}
