import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RestarterClient, RestartRequest } from '../../lib/core/ports.ts';
import { restarters } from '../../lib/plugins/restarters/index.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { startRecorder } from '../support/http-server.ts';
import { assertNoLeak, CANARY, captureLog } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { useTempDir } from '../support/temp-dir.ts';

interface Consumer {
  readonly config: object;
  /** How often it was told to restart. */
  restarts(): Promise<number>;
  stop(): Promise<void>;
}

interface Harness {
  /** Starts a consumer, which says its value aloud when it is asked to restart. */
  start(): Promise<Consumer>;
  /** A workload that is not there; absent where a restarter touches none. */
  readonly missing?: () => object;
}

const dir = useTempDir();
const lines = async (name: string) =>
  (await readFile(join(dir(), name), 'utf8').catch(() => '')).split('\n').length - 1;

const HARNESSES: Readonly<Record<string, Harness>> = {
  'http-reload': {
    start: async () => {
      const server = await startRecorder({ status: 204, headers: { 'X-Value': encodeURIComponent(CANARY) } });
      const restarts = async () => server.requests.filter(({ method }) => method === 'POST').length;
      const config = { use: 'http-reload', url: `${server.origin}/reload`, statusUrl: `${server.origin}/ready` };
      return { config, restarts, stop: server.close };
    },
    missing: () => ({ use: 'http-reload', url: 'http://127.0.0.1:1/reload' }),
  },
  'process-signal': {
    start: async () => {
      const loop = 'trap "echo hup >> log" HUP; echo $$ > pid; while :; do sleep 0.02; done';
      const child = spawn('sh', ['-c', loop], { cwd: dir(), stdio: 'ignore' });
      await vi.waitFor(async () => expect(await lines('pid')).toBe(1));
      const stop = async () => void child.kill('SIGKILL');
      return { config: { use: 'process-signal', pidFile: 'pid' }, restarts: () => lines('log'), stop };
    },
    missing: () => ({ use: 'process-signal', pidFile: 'no-such-pid' }),
  },
  command: {
    start: async () => {
      await writeFile(join(dir(), 'value'), CANARY);
      const argv = ['/bin/sh', '-c', 'echo "$KEYTURN_ROTATION" >> log; cat value; cat value >&2'];
      return { config: { use: 'command', argv }, restarts: () => lines('log'), stop: async () => undefined };
    },
    missing: () => ({ use: 'command', argv: ['no-such-program'] }),
  },
  none: {
    start: async () => ({ config: { use: 'none' }, restarts: async () => 0, stop: async () => undefined }),
  },
};

const request: RestartRequest = {
  secretId: 'production/database/orders',
  consumer: 'orders-api',
  rotationId: 'r-1',
  version: 'a'.repeat(32),
};

describe.each(restarters.map((plugin) => [plugin.name, plugin] as const))('restarter %s', (name, plugin) => {
  const harness = HARNESSES[name];
  if (!harness) throw new Error(`restarter ${name} has no harness in this file: add one`);
  const log = captureLog();
  const open = (config: object): Promise<RestarterClient> =>
    plugin.create(config, pluginDeps({ baseDir: dir(), fetch: guardedFetch(), log }));

  let consumer: Consumer;
  beforeEach(async () => {
    consumer = await harness.start();
  });
  afterEach(() => consumer.stop());

  it('restarts once for each call that says applied, and is healthy afterwards', async () => {
    const client = await open(consumer.config);
    const applied = (await client.restart(request)) === 'applied' ? 1 : 0;
    await vi.waitFor(async () => expect(await consumer.restarts()).toBe(applied));
    expect((await client.status(request)).state).toBe('healthy');
  });

  it('does no harm with the same rotation twice', async () => {
    const client = await open(consumer.config);
    await client.restart(request);
    await client.restart(request);
    expect((await (await open(consumer.config)).status(request)).state).toBe('healthy');
  });

  it('takes the restart back when the old value is in place again', async () => {
    const client = await open(consumer.config);
    expect(await client.undo(request)).toBe(await client.restart(request));
    expect((await client.status(request)).state).toBe('healthy');
  });

  it.skipIf(!harness.missing)('says which workload is missing (none touches no workload)', async () => {
    const client = await open(harness.missing?.() ?? {});
    const error = await client.restart(request).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: expect.stringMatching(/^(RolloutFailed|Unavailable)$/) });
    expect(String(error)).toMatch(/orders-api|127\.0\.0\.1:1/);
  });

  it('repeats nothing of what the consumer says', async () => {
    const client = await open(consumer.config);
    const results = [await client.restart(request), await client.status(request), client];
    assertNoLeak(inspect(results, { depth: 9 }) + JSON.stringify(results) + log.text(), CANARY, `restarter ${name}`);
  });
});
