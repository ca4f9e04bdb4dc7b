import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, onTestFinished } from 'vitest';
import { backends } from '../../lib/plugins/backends/index.ts';
import { startFakeVault } from '../support/fake-vault.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { VAULT_BAD_CONFIGS, vaultLogin } from '../support/vault-login.ts';
import { type BackendHarness, backendContract } from './backend-contract.ts';

const HARNESSES: Readonly<Record<string, BackendHarness>> = {
  local: {
    start: async () => {
      const directory = temporaryDirectory();
      return {
        config: { use: 'local', directory: join(directory, 'store') },
        deps: { dataDir: directory },
        break: async () => {
          writeFileSync(join(directory, 'store.key'), 'exposed');
          chmodSync(join(directory, 'store.key'), 0o644);
        },
      };
    },
    bad: [
      [{ use: 'local', dir: 'x' }, 'dir'],
      [{ use: 'local', directory: '' }, 'directory'],
      [{ use: 'local', keyFile: 7 }, 'keyFile'],
    ],
    failures: ['KeyFileExposed'],
  },
  vault: {
    start: async () => {
      const fake = await startFakeVault();
      onTestFinished(fake.close);
      return {
        ...vaultLogin(fake.origin),
        break: async () => {
          fake.sealed = true;
        },
      };
    },
    bad: VAULT_BAD_CONFIGS,
    failures: ['Unavailable'],
  },
};

describe.each(backends)('backend $name', (plugin) => {
  const harness = HARNESSES[plugin.name];
  if (!harness) throw new Error(`backend ${plugin.name} has no harness in this file: add one`);
  backendContract(plugin, harness);
});
