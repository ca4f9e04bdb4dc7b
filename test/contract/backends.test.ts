import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, onTestFinished } from 'vitest';
import { backends } from '../../lib/plugins/backends/index.ts';
import { SECRETS_MANAGER_BAD_CONFIGS, useAwsLogin } from '../support/aws-login.ts';
import { startFakeSecretsManager } from '../support/fake-secrets-manager.ts';
import { startFakeVault } from '../support/fake-vault.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { VAULT_BAD_CONFIGS, vaultLogin } from '../support/vault-login.ts';
import { type BackendHarness, backendContract } from './backend-contract.ts';

const HARNESSES: Readonly<Record<string, BackendHarness>> = {
  'aws-secrets-manager': {
    start: async () => {
      useAwsLogin();
      const fake = await startFakeSecretsManager();
      onTestFinished(fake.close);
      return {
        config: { use: 'aws-secrets-manager', region: 'eu-west-1', endpoint: fake.origin },
        deps: {},
        break: async () => {
          fake.intercept = () => 'AccessDeniedException';
        },
      };
    },
    bad: SECRETS_MANAGER_BAD_CONFIGS,
    failures: ['AccessDenied'],
    refuses64KiB: true,
  },
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
