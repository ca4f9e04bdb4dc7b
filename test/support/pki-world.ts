import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginDeps } from '../../lib/core/ports.ts';
import { vaultPki } from '../../lib/plugins/issuers/vault-pki.ts';
import type { CertificateIssuerWorld } from '../contract/certificate-issuer-contract.ts';
import { SECRET_ID } from './fake-vault.ts';
import { pluginDeps } from './plugin-deps.ts';
import { vaultLogin } from './vault-login.ts';

export interface PkiServer {
  readonly address: string;
  readonly mount: string;
  /** The admin's own login; the fake server's when empty. */
  readonly login: { readonly roleId?: string; readonly secretId?: string };
  close(): Promise<void>;
}

export interface PkiWorld extends CertificateIssuerWorld {
  readonly config: object;
  readonly deps: Partial<PluginDeps>;
}

/** The role `shop`, for what is internal, at a server that is real or not. */
export function pkiWorld({ address, mount, login, close }: PkiServer): PkiWorld {
  const { config: kv, deps: own, baseDir } = vaultLogin(address, login);
  const config = { ...kv, use: 'vault-pki', mount, role: 'shop' };
  const deps = { ...own, clock: { now: Date.now, sleep: async () => undefined } };
  const open = (change: object = {}, overrides: Partial<PluginDeps> = {}) =>
    vaultPki.create({ ...config, ...change }, pluginDeps({ ...deps, ...overrides }));
  writeFileSync(join(baseDir, 'wrong'), 'no such secret id', { mode: 0o600 });
  return {
    config,
    deps,
    open: (overrides) => open({}, overrides),
    openStrict: () => open(),
    openDead: () => open({ address: 'http://127.0.0.1:1' }),
    openDenied: () => open({ auth: { ...kv.auth, secretIdFile: 'wrong' } }),
    secret: login.secretId ?? SECRET_ID,
    now: Date.now,
    close,
  };
}
