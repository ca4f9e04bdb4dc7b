import type { PluginDeps } from '../../lib/core/ports.ts';
import { postgresql } from '../../lib/plugins/secret-types/postgresql.ts';
import type { VaultRoleWorld } from '../contract/vault-role-contract.ts';
import { pluginDeps } from './plugin-deps.ts';
import type { Sandbox } from './postgres.ts';
import { login } from './postgres-world.ts';
import { vaultLogin } from './vault-login.ts';

export interface StaticRoleServer {
  readonly address: string;
  readonly box: Sandbox;
  readonly role: string;
  readonly username: string;
  readonly password: string;
  readonly dynamic: string;
  /** Keyturn's own login; the fake server's when empty. */
  readonly login: { readonly roleId?: string; readonly secretId?: string };
  rotateByItself(): Promise<void>;
  close(): Promise<void>;
}

/** The `vault` part of a target, from the parts of a backend's configuration. */
export const connectionOf = ({ use: _use, mount: _kv, ...connection }: ReturnType<typeof vaultLogin>['config']) =>
  connection;

/** A login in a sandbox of a real database, rotated by an engine that is real or not. */
export function vaultRoleWorld(server: StaticRoleServer): VaultRoleWorld {
  const { address, box, username, password, role } = server;
  const own = vaultLogin(address, server.login);
  const stranger = vaultLogin(address, { ...server.login, secretId: 'of a stranger' });
  const clock = { now: Date.now, sleep: async () => undefined };
  const config = {
    mode: 'vault-static-role',
    host: box.server.host,
    port: box.server.port,
    database: box.database,
    sslMode: 'disable',
    username,
    vault: { ...connectionOf(own.config), role },
  };
  const open = (more: object, deps: Partial<PluginDeps>, overrides: Partial<PluginDeps> = {}) =>
    postgresql.create({ ...config, ...more }, pluginDeps({ clock, ...deps, ...overrides }));
  return {
    config,
    current: login('a', username, password),
    dynamic: server.dynamic,
    open: (more = {}, overrides = {}) => open(more, own.deps, overrides),
    openDenied: (overrides = {}) => open({}, stranger.deps, overrides),
    rotateByItself: server.rotateByItself,
    breakAway: async () => void (await box.sql(`ALTER ROLE ${username} PASSWORD 'nobody knows this one'`)),
    use: async ({ value }) => {
      const client = await box.connect(value.field('username') ?? '', value.field('password') ?? '', 'orders');
      return {
        alive: () =>
          client.query('SELECT 1').then(
            () => true,
            () => false,
          ),
      };
    },
    close: server.close,
  };
}
