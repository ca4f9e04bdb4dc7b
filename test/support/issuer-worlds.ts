import { RotationError } from '../../lib/core/errors.ts';
import type { IssuerClient } from '../../lib/core/issuer-ports.ts';
import type { Plugin, PluginDeps } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { grafana } from '../../lib/plugins/issuers/grafana.ts';
import { http } from '../../lib/plugins/issuers/http.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { grafanaApi } from './grafana-api.ts';
import { describedKeysApi, describedRegistration, keysApi } from './keys-api.ts';
import { pluginDeps } from './plugin-deps.ts';
import { type Api, startTokenServer, type TokenServer } from './token-server.ts';

export const ADMIN = 'production/api/admin';

/** An issuer on its API, with a clock that both share. */
export interface TokenWorld {
  readonly server: TokenServer;
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
  /** What stands under `issuer:`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly unreachable: Readonly<Record<string, unknown>>;
  deps(overrides?: Partial<PluginDeps>): PluginDeps;
  open(overrides?: Partial<PluginDeps>): Promise<IssuerClient>;
  openDenied(overrides?: Partial<PluginDeps>): Promise<IssuerClient>;
  openUnreachable(): Promise<IssuerClient>;
  countOf(name: string): Promise<number>;
  later(ms?: number): Promise<void>;
  now(): number;
  close(): Promise<void>;
}

const stranger = async () => Secret.of({ token: 'not the admin' });

type Describe = (origin: string, admin: string) => Readonly<Record<string, unknown>>;

const tokenWorld = (plugin: Plugin<IssuerClient>, api: Api, describe: Describe) => async (): Promise<TokenWorld> => {
  let now = Date.UTC(2026, 0, 5, 8);
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const server = await startTokenServer(api, clock.now);
  const credential = async (secretId: string) => {
    if (secretId !== ADMIN) throw new RotationError('ReferenceMissing', { subject: secretId });
    return Secret.of({ token: server.admin });
  };
  const deps = (overrides: Partial<PluginDeps> = {}) =>
    pluginDeps({ clock, credential, fetch: guardedFetch(), ...overrides });
  const config = describe(server.origin, ADMIN);
  const unreachable = describe('http://127.0.0.1:1', ADMIN);
  return {
    server,
    clock,
    config,
    unreachable,
    deps,
    open: (overrides) => plugin.create(config, deps(overrides)),
    openDenied: (overrides) => plugin.create(config, deps({ ...overrides, credential: stranger })),
    openUnreachable: () => plugin.create(unreachable, deps()),
    countOf: async (name) => [...server.tokens.values()].filter((token) => token.name === name).length,
    later: (ms = 60_000) => clock.sleep(ms),
    now: clock.now,
    close: server.close,
  };
};

const describedGrafana: Describe = (url, secret) => ({ use: 'grafana', url, admin: { secret }, serviceAccount: 2 });

export const keysWorld = tokenWorld(http, keysApi, describedKeysApi);
export const registrationWorld = tokenWorld(http, keysApi, describedRegistration);
export const grafanaWorld = tokenWorld(grafana, grafanaApi, describedGrafana);
