import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { vault } from '../../lib/plugins/backends/vault.ts';
import { type BackendHarness, backendContract } from '../contract/backend-contract.ts';
import { type OpenBao, startSealableBao } from '../support/openbao.ts';
import { enableAppRole, layOut, tokensLeft } from '../support/openbao-estate.ts';
import { missing } from '../support/peers.ts';
import { VAULT_BAD_CONFIGS } from '../support/vault-login.ts';

const REFS = ['database/orders', 'external/webhook'].map((path) => ({ path, fields: {} }));

const why = missing('openbao');

describe.skipIf(why !== undefined)(`vault on OpenBao, with the generated policies ${why ?? ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'keyturn-bao-'));
  let server: OpenBao;
  /** Tokens of tests that sealed the server: nobody can revoke them then, they end by their own term. */
  let stranded = 0;
  beforeAll(async () => {
    server = await startSealableBao(directory);
    await enableAppRole(server);
  });
  afterEach(async () => {
    if (await server.isSealed()) {
      await server.unseal();
      stranded = await tokensLeft(server);
    }
    expect(await tokensLeft(server)).toBe(stranded);
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const harness: BackendHarness = {
    start: async () => ({ ...(await layOut(server, REFS)), break: () => server.seal() }),
    bad: VAULT_BAD_CONFIGS,
    failures: ['Unavailable'],
  };
  backendContract(vault, harness);
});
