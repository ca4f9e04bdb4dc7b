import type { BackendPlugin, Grant, GrantRequest } from '../../core/grants.ts';
import { definePlugin, parser } from '../../core/plugin.ts';
import type { BackendClient, PluginDeps, SecretRef } from '../../core/ports.ts';
import { appRolesOf } from '../vault/approles.ts';
import { compareGrants } from '../vault/compare-grants.ts';
import { demoteVersion, promoteVersion } from '../vault/current.ts';
import { type Entry, entryAt, storable } from '../vault/entry.ts';
import { loginFiles } from '../vault/files.ts';
import { kvEngine } from '../vault/kv.ts';
import { readVersion, versionsOf } from '../vault/look.ts';
import { discardVersion, stageVersion } from '../vault/pending.ts';
import { policiesOf } from '../vault/policies.ts';
import { vaultServer } from '../vault/server.ts';
import { openSession } from '../vault/session.ts';
import { type VaultSettings, vaultSettings } from '../vault/settings.ts';
import { wireOf } from '../vault/transport.ts';

const name = 'vault';

const plugin = definePlugin({
  name,
  summary: 'HashiCorp Vault or OpenBao: a KV engine of version 2',
  config: vaultSettings,
  capabilities: ['sibling-fields'],
  create: (settings, deps): BackendClient => client(settings, deps),
});

const parse = parser(name, vaultSettings);

function grantsOf(config: unknown, request: GrantRequest): readonly Grant[] {
  const settings = parse(config);
  const policies = policiesOf(settings, request);
  return [...policies, ...appRolesOf(settings, request, policies)];
}

/**
 * Values in a KV engine of version 2 of HashiCorp Vault or OpenBao. A pending value has a path of its own; current and
 * previous are one map, changed in one step by compare-and-set, in which the fields of others stay as they are.
 */
export const vault: BackendPlugin = {
  ...plugin,
  grants: {
    list: grantsOf,
    compare: async (config, request, deps, login) => {
      const settings = parse(config);
      const wire = wireOf(settings, loginFiles(deps.baseDir), deps);
      return compareGrants(await vaultServer(wire, login.field('token')), settings, grantsOf(config, request));
    },
  },
};

function client(settings: VaultSettings, deps: PluginDeps): BackendClient {
  const { clock, log } = deps;
  const files = loginFiles(deps.baseDir);
  const session = openSession({ wire: wireOf(settings, files, deps), auth: settings.auth, files, clock, log });
  const kv = kvEngine(session.send, settings.mount);
  const at = (ref: SecretRef): Entry => entryAt(ref, kv, clock);
  return {
    stage: async (ref, version, value) => stageVersion(at(ref), version, storable(ref, value)),
    read: async (ref, version) => readVersion(at(ref), version),
    promote: async (ref, version, expected) => promoteVersion(at(ref), version, expected),
    demote: async (ref, version, previous) => demoteVersion(at(ref), version, previous),
    discard: async (ref, version) => discardVersion(at(ref), version),
    versions: async (ref) => versionsOf(at(ref)),
    close: session.close,
  };
}
