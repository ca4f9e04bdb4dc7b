import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { versionMarker } from '../../lib/core/version-marker.ts';
import { vault } from '../../lib/plugins/backends/vault.ts';
import { entryId } from '../../lib/plugins/entries/entry-record.ts';
import { vaultAgentFile } from '../../lib/plugins/propagators/vault-agent-file.ts';
import { vaultCopy } from '../../lib/plugins/propagators/vault-copy.ts';
import { propagatorContract, secretId, VERSION } from '../contract/propagator-contract.ts';
import { vaultPlace } from '../contract/vault-propagator-place.ts';
import { type OpenBao, startBao } from '../support/openbao.ts';
import { type Estate, enableAppRole, layOut, tokenOf } from '../support/openbao-estate.ts';
import { missing, peersCache } from '../support/peers.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const why = missing('openbao');
const PATH = 'copies/orders';

describe.skipIf(why !== undefined)(`on OpenBao ${why ?? ''}`, () => {
  let server: OpenBao;
  let estate: Estate;
  beforeAll(async () => {
    server = await startBao();
    await enableAppRole(server);
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    estate = await layOut(server, [{ path: PATH, fields: {} }]);
  });

  describe('vault-copy', () => {
    const start = () => vaultPlace({ ...estate.config, use: 'vault-copy' }, estate.deps, { error: 'AccessDenied' });
    propagatorContract(vaultCopy, { start });
  });

  it('vault-agent-file waits until the agent has rendered what vault-copy wrote', async () => {
    const baseDir = temporaryDirectory();
    const file = join(baseDir, 'orders.txt');
    const marker = versionMarker(secretId);
    await startAgent(server, estate, file, `{{ .Data.data.password }}\n${marker}={{ .Data.data.${marker} }}\n`);
    const data = { password: '{password}' };
    const copy = await vaultCopy.create(
      { ...estate.config, use: 'vault-copy', path: PATH, data },
      pluginDeps(estate.deps),
    );
    const clock = { now: Date.now, sleep: (ms: number) => sleep(ms) };
    const rendered = await vaultAgentFile.create(
      { use: 'vault-agent-file', path: file },
      pluginDeps({ clock, baseDir }),
    );
    for (const version of [VERSION.one, VERSION.two]) {
      const request = { secretId, version, values: Secret.of({ password: `of ${version}` }) };
      await copy.put(request);
      expect(await rendered.put(request)).toBe('applied');
      expect(await rendered.current(secretId)).toBe(version);
      expect(readFileSync(file, 'utf8')).toContain(`of ${version}`);
      expect(await rendered.put(request)).toBe('not-applied');
    }
  });

  it('vault-agent-file finds the version in the record that backend vault keeps', async () => {
    const baseDir = temporaryDirectory();
    const file = join(baseDir, 'orders.txt');
    const ref = { path: PATH, fields: { password: 'pg_password' } };
    const record = `index .Data.data "_keyturn.${entryId(ref)}" | parseJSON`;
    await startAgent(server, estate, file, `{{ .Data.data.pg_password }}\n# version {{ (${record}).version }}\n`);
    const backend = await vault.create(estate.config, pluginDeps(estate.deps));
    const clock = { now: Date.now, sleep: (ms: number) => sleep(ms) };
    const config = { use: 'vault-agent-file', path: file, line: '# version {version}' };
    const rendered = await vaultAgentFile.create(config, pluginDeps({ clock, baseDir }));
    const values = Secret.of({ password: 'one' });
    await backend.stage(ref, VERSION.one, values);
    await backend.promote(ref, VERSION.one, undefined);
    await backend.close?.();
    expect(await rendered.put({ secretId, version: VERSION.one, values })).toBe('applied');
    expect(readFileSync(file, 'utf8')).toBe(`one\n# version ${VERSION.one}\n`);
  });
});

/** An agent that renders the path's fields to a file within a second of their change. */
async function startAgent(server: OpenBao, estate: Estate, file: string, body: string): Promise<void> {
  const directory = dirname(file);
  const tokenFile = join(directory, 'token');
  writeFileSync(tokenFile, await tokenOf(server, estate), { mode: 0o600 });
  const template = `{{ with secret "${estate.mount}/data/${PATH}" }}${body}{{ end }}`;
  const settings = {
    vault: { address: server.address },
    auto_auth: { method: [{ type: 'token_file', config: { token_file_path: tokenFile } }] },
    template_config: { static_secret_render_interval: '1s', exit_on_retry_failure: false },
    template: [{ contents: template, destination: file }],
  };
  const config = join(directory, 'agent.json');
  writeFileSync(config, JSON.stringify(settings));
  const agent = spawn(join(peersCache, 'bao'), ['agent', `-config=${config}`, '-log-level=error'], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: directory },
  });
  onTestFinished(async () => {
    agent.kill('SIGTERM');
    if (agent.exitCode === null) await once(agent, 'exit');
  });
}
