import { expect, it, onTestFinished, vi } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { vault } from '../../lib/plugins/backends/vault.ts';
import { startFakeVault } from '../support/fake-vault.ts';
import { assertNoLeak, CANARY } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { vaultLogin } from '../support/vault-login.ts';

/** Read by the library when it is loaded, which is at the first call. */
vi.hoisted(() => {
  process.env.DEBUG = 'node-vault';
});

it('prints no payload where somebody turned debugging of node-vault on', async () => {
  const printed: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  onTestFinished(() => spy.mockRestore());
  const fake = await startFakeVault();
  onTestFinished(fake.close);
  const { config, deps } = vaultLogin(fake.origin);
  const client = await vault.create(config, pluginDeps(deps));
  await client.stage({ path: 'external/webhook', fields: {} }, '1'.repeat(32), Secret.of({ url: CANARY }));
  await client.close?.();
  expect(printed.join('')).toBe('');
  assertNoLeak(printed.join(''), CANARY);
});
