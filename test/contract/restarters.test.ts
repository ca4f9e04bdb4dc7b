import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { restarters } from '../../lib/plugins/restarters/index.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { type FakeKube, startFakeKube } from '../support/fake-kube.ts';
import { startRecorder } from '../support/http-server.ts';
import { CANARY } from '../support/leak.ts';
import { useTempDir } from '../support/temp-dir.ts';
import { kubernetesRolloutHarness } from './kubernetes-places.ts';
import { type RestarterHarness, restarterContract } from './restarter-contract.ts';

const dir = useTempDir();
let kube: FakeKube;
beforeAll(async () => {
  kube = await startFakeKube();
});
afterAll(() => kube.stop());

const lines = async (name: string) =>
  (await readFile(join(dir(), name), 'utf8').catch(() => '')).split('\n').length - 1;

const HARNESSES: Readonly<Record<string, RestarterHarness>> = {
  'kubernetes-rollout': kubernetesRolloutHarness(() => kube),
  'http-reload': {
    start: async () => {
      const server = await startRecorder({ status: 204, headers: { 'X-Value': encodeURIComponent(CANARY) } });
      const restarts = async () => server.requests.filter(({ method }) => method === 'POST').length;
      const config = { use: 'http-reload', url: `${server.origin}/reload`, statusUrl: `${server.origin}/ready` };
      const missing = { config: { use: 'http-reload', url: 'http://127.0.0.1:1/reload' }, says: /127\.0\.0\.1:1/ };
      return { config, deps: { fetch: guardedFetch() }, missing, restarts, stop: server.close };
    },
  },
  'process-signal': {
    start: async () => {
      const loop = 'trap "echo hup >> log" HUP; echo $$ > pid; while :; do sleep 0.02; done';
      const child = spawn('sh', ['-c', loop], { cwd: dir(), stdio: 'ignore' });
      await vi.waitFor(async () => expect(await lines('pid')).toBe(1));
      return {
        config: { use: 'process-signal', pidFile: 'pid' },
        deps: { baseDir: dir() },
        missing: { config: { use: 'process-signal', pidFile: 'no-such-pid' }, says: /orders-api/ },
        restarts: () => lines('log'),
        stop: async () => void child.kill('SIGKILL'),
      };
    },
  },
  command: {
    start: async () => {
      await writeFile(join(dir(), 'value'), CANARY);
      const argv = ['/bin/sh', '-c', 'echo "$KEYTURN_ROTATION" >> log; cat value; cat value >&2'];
      return {
        config: { use: 'command', argv },
        deps: { baseDir: dir() },
        missing: { config: { use: 'command', argv: ['no-such-program'] }, says: /orders-api/ },
        restarts: () => lines('log'),
        stop: async () => undefined,
      };
    },
  },
  none: {
    start: async () => ({ config: { use: 'none' }, restarts: async () => 0, stop: async () => undefined }),
  },
};

describe.each(restarters)('restarter $name', (plugin) => {
  const harness = HARNESSES[plugin.name];
  if (!harness) throw new Error(`restarter ${plugin.name} has no harness in this file: add one`);
  restarterContract(plugin, harness);
});
