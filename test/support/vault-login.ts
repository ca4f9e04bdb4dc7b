import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginDeps } from '../../lib/core/ports.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { FAKE_MOUNT, ROLE_ID, SECRET_ID } from './fake-vault.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A configuration with its AppRole files, and the dependencies that it needs. */
export function vaultLogin(address: string, { roleId = ROLE_ID, secretId = SECRET_ID, mount = FAKE_MOUNT } = {}) {
  const baseDir = temporaryDirectory();
  writeFileSync(join(baseDir, 'role-id'), roleId);
  writeFileSync(join(baseDir, 'secret-id'), secretId, { mode: 0o600 });
  const auth = { method: 'approle', roleIdFile: 'role-id', secretIdFile: 'secret-id' };
  const deps: Partial<PluginDeps> = { baseDir, fetch: guardedFetch() };
  return { config: { use: 'vault', address, mount, auth }, deps, baseDir };
}

const good = {
  use: 'vault',
  address: 'https://vault.internal:8200',
  mount: 'production',
  auth: { method: 'token', tokenFile: 'token' },
};

/** Each with the path of its bad key. */
export const VAULT_BAD_CONFIGS: readonly (readonly [config: object, path: string])[] = [
  [{ ...good, mounts: 'x' }, 'mounts'],
  [{ ...good, address: 'vault.internal' }, 'address'],
  [{ ...good, address: 'https://vault.internal/v1' }, 'address'],
  [{ ...good, address: 'http://vault.internal:8200' }, 'address'],
  [{ ...good, mount: '../sys' }, 'mount'],
  [{ ...good, auth: { method: 'userpass' } }, 'auth.method'],
  [{ ...good, auth: { method: 'approle', roleIdFile: 'role-id' } }, 'auth.secretIdFile'],
  [{ ...good, auth: { method: 'jwt', role: 'a/b', jwtFile: 'jwt' } }, 'auth.role'],
];
