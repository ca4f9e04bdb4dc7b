import { randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RotationError } from '../../lib/core/errors.ts';
import type { IssuerUse } from '../../lib/core/issuer-ports.ts';
import type { Clock, Plugin, PluginDeps } from '../../lib/core/ports.ts';
import { certificateIssuers, issuers } from '../../lib/plugins/issuers/index.ts';
import { captureLog } from './leak.ts';

/** A clock on which sleeping takes no time: it moves on by what was slept. */
export function skippingClock(start = Date.UTC(2026, 0, 1)): Clock {
  let now = start;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
}

/** What a plugin gets in a test: no network and no referenced secret unless an override brings them. */
export function pluginDeps(overrides: Partial<PluginDeps> = {}): PluginDeps {
  const open = <Client>(plugins: readonly Plugin<Client>[], use: IssuerUse): Promise<Client> => {
    const plugin = plugins.find(({ name }) => name === use.use);
    if (plugin === undefined) throw new RotationError('ConfigInvalid', { subject: `plugin ${use.use}` });
    return plugin.create(use, deps);
  };
  const deps: PluginDeps = {
    clock: skippingClock(),
    log: captureLog(),
    random: { bytes: (length) => randomBytes(length) },
    ids: { uuid: () => randomUUID() },
    fetch: async () => {
      throw new RotationError('Unavailable', { subject: 'test', detail: 'this test has no network' });
    },
    credential: async (secretId) => {
      throw new RotationError('ReferenceMissing', { subject: secretId });
    },
    issuer: async (use) => open(issuers, use),
    certificateIssuer: async (use) => open(certificateIssuers, use),
    cluster: () => ({ kubeconfig: join(import.meta.dirname, 'kubeconfig.yaml') }),
    baseDir: tmpdir(),
    dataDir: tmpdir(),
    ...overrides,
  };
  return deps;
}
