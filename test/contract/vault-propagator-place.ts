import { onTestFinished } from 'vitest';
import type { PluginDeps } from '../../lib/core/ports.ts';
import { loginFiles } from '../../lib/plugins/vault/files.ts';
import { kvEngine } from '../../lib/plugins/vault/kv.ts';
import { openSession } from '../../lib/plugins/vault/session.ts';
import { vaultSettings } from '../../lib/plugins/vault/settings.ts';
import { wireOf } from '../../lib/plugins/vault/transport.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import type { PropagatorPlace } from './propagator-contract.ts';

const PATH = 'copies/orders';

/** A path that is free, below the mount of a login that may read, create and patch there. */
export async function vaultPlace(
  login: object,
  deps: Partial<PluginDeps>,
  { error }: { readonly error: string },
): Promise<PropagatorPlace> {
  const config = { ...login, path: PATH, data: { password: '{password}' } };
  const settings = vaultSettings.parse({ ...login, use: 'vault' });
  const own = pluginDeps(deps);
  const files = loginFiles(own.baseDir);
  const { send, close } = openSession({ ...own, wire: wireOf(settings, files, own), auth: settings.auth, files });
  onTestFinished(close);
  const kv = kvEngine(send, settings.mount);
  return {
    config,
    deps,
    broken: { config: { ...config, mount: 'nowhere' }, error, says: 'nowhere' },
    read: async () => String((await kv.read(PATH)).data?.password),
    beside: {
      make: async () => void (await kv.create(PATH, { limit: 7, list: ['a', { b: null }] }, 0)),
      look: async () => {
        const { limit, list } = (await kv.read(PATH)).data ?? {};
        return { limit, list };
      },
    },
  };
}
