import type { Credential, PluginDeps, SecretTypeClient, Switch } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { postgresql } from '../../lib/plugins/secret-types/postgresql.ts';
import { made } from './made.ts';
import { pluginDeps } from './plugin-deps.ts';
import { type Sandbox, sandbox, type TestServer } from './postgres.ts';
import type { Running } from './running.ts';

export const login = (version: string, username: string, password: string): Credential => ({
  version: version.repeat(32),
  value: Secret.of({ username, password }),
});

/** A database with one login, as it is before Keyturn comes, and a client of the type for it. */
export interface PostgresWorld {
  readonly box: Sandbox;
  readonly config: Readonly<Record<string, unknown>>;
  readonly current: Credential;
  readonly admin: Secret;
  /** What the client was told last of each referenced secret it asked for. */
  readonly asked: readonly string[];
  deps(overrides?: Partial<PluginDeps>): PluginDeps;
  open(config?: object, overrides?: Partial<PluginDeps>): Promise<SecretTypeClient>;
  /** A generated successor of `from`. */
  successor(from?: Credential): Promise<Switch>;
  /** A consumer's session. */
  use(credential: Credential, application?: string): Promise<Running>;
}

const realClock = { now: () => Date.now(), sleep: async () => undefined };

export type WorldMode = 'dual' | 'single';

/** @param password of the login that is there already */
export async function postgresWorld(
  server: TestServer,
  mode: WorldMode,
  password = 'old password',
): Promise<PostgresWorld> {
  const box = await sandbox(server);
  const legacy = box.role('legacy');
  await box.sql(
    `CREATE ROLE ${legacy} LOGIN PASSWORD '${password.replaceAll("'", "''")}'; GRANT CREATE ON SCHEMA public TO ${legacy}`,
  );
  const roles = {
    dual: { roles: [box.role('a'), box.role('b')], owner: box.role('owner') },
    single: { roles: [legacy] },
  };
  const admin = Secret.of({ username: server.superuser.user, password: server.superuser.password });
  const asked: string[] = [];
  const { host, port } = server;
  const config = {
    host,
    port,
    database: box.database,
    sslMode: 'disable',
    admin: { secret: 'test/database/admin' },
    ...roles[mode],
  };
  const current = login('1', legacy, password);
  const deps = (overrides: Partial<PluginDeps> = {}) =>
    pluginDeps({
      clock: realClock,
      credential: async (secretId) => {
        asked.push(secretId);
        return admin;
      },
      ...overrides,
    });
  const open = (target: object = config, overrides?: Partial<PluginDeps>) => postgresql.create(target, deps(overrides));
  return {
    box,
    config,
    current,
    admin,
    asked,
    deps,
    open,
    successor: async (from = current) => {
      const version = String(Number(from.version.charAt(0)) + 1).repeat(32);
      const value = await made(await open(), { current: from.value, version, generation: 1 });
      return { next: { version, value }, previous: from };
    },
    use: async ({ value }, application = 'orders-api') => {
      const client = await box.connect(value.field('username') ?? '', value.field('password') ?? '', application);
      return {
        alive: () =>
          client.query('SELECT 1').then(
            () => true,
            () => false,
          ),
      };
    },
  };
}
