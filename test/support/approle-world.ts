import type { PluginDeps } from '../../lib/core/ports.ts';
import { vaultToken } from '../../lib/plugins/issuers/vault-token.ts';
import type { IssuerWorld } from '../contract/issuer-contract.ts';
import { pluginDeps } from './plugin-deps.ts';
import { vaultLogin } from './vault-login.ts';

export interface AppRoleServer {
  readonly address: string;
  /** Whose secret ids are issued. */
  readonly role: string;
  /** The admin's own login; the fake server's when empty. */
  readonly login: { readonly roleId?: string; readonly secretId?: string };
  countOf(name: string): Promise<number>;
  close(): Promise<void>;
}

/** The secret ids of a role, at a server that is real or not. */
export function appRoleWorld({ address, role, login, countOf, close }: AppRoleServer): IssuerWorld {
  const admin = vaultLogin(address, login);
  const stranger = vaultLogin(address, { ...login, secretId: 'of a stranger' });
  const clock = { now: Date.now, sleep: async () => undefined };
  const { mount: _kv, ...connection } = admin.config;
  const config = { ...connection, use: 'vault-token', role };
  const open = (settings: object, deps: Partial<PluginDeps>, overrides: Partial<PluginDeps> = {}) =>
    vaultToken.create(settings, pluginDeps({ clock, ...deps, ...overrides }));
  return {
    open: (overrides) => open(config, admin.deps, overrides),
    openDenied: (overrides) => open(config, stranger.deps, overrides),
    openUnreachable: () => open({ ...config, address: 'http://127.0.0.1:1' }, admin.deps),
    countOf,
    later: async () => undefined,
    now: Date.now,
    close,
  };
}
