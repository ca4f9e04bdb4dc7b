import { spawn, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RotationError } from '../../lib/core/errors.ts';
import type { FetchInit } from '../../lib/core/fetch.ts';
import type { PluginDeps, RestartRequest } from '../../lib/core/ports.ts';
import { command } from '../../lib/plugins/restarters/command.ts';
import { httpReload } from '../../lib/plugins/restarters/http-reload.ts';
import { processSignal } from '../../lib/plugins/restarters/process-signal.ts';
import { assertNoLeak, CANARY } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { useTempDir } from '../support/temp-dir.ts';

const request: RestartRequest = {
  secretId: 'production/database/orders',
  consumer: 'orders-api',
  rotationId: 'r-1',
  version: 'a'.repeat(32),
};

const dir = useTempDir();

const answering =
  (status: number, calls: (FetchInit | undefined)[] = []): PluginDeps['fetch'] =>
  async (_url, init) => {
    calls.push(init);
    return { status, header: () => undefined, text: async () => 'body' };
  };

describe('http-reload', () => {
  const config = { use: 'http-reload', url: 'http://orders.test/reload?key=x', statusUrl: 'http://orders.test/ready' };
  const open = (fetch: PluginDeps['fetch'], more = {}) =>
    httpReload.create({ ...config, ...more }, pluginDeps({ fetch }));

  it('tells the consumer which version of which secret, under the key of the rotation', async () => {
    const calls: (FetchInit | undefined)[] = [];
    await (await open(answering(200, calls), { headers: { 'X-Mine': '1' }, timeoutSeconds: 3 })).restart(request);
    const headers = {
      'X-Mine': '1',
      'Idempotency-Key': 'r-1',
      'Keyturn-Secret': request.secretId,
      'Keyturn-Version': request.version,
    };
    expect(calls).toEqual([{ method: 'POST', headers, timeoutMs: 3000 }]);
  });

  it.each([
    [401, 'AccessDenied'],
    [429, 'Throttled'],
    [503, 'Unavailable'],
    [404, 'RolloutFailed'],
  ])('names a reply of %i', async (status, name) => {
    const failure = { name, code: `http-${status}`, message: expect.not.stringContaining('key=x') };
    await expect((await open(answering(status))).restart(request)).rejects.toMatchObject(failure);
  });

  it('takes the declared codes for yes, and no others', async () => {
    const expectTeapot = { expect: [418] };
    expect(await (await open(answering(418), expectTeapot)).restart(request)).toBe('applied');
    await expect((await open(answering(200), expectTeapot)).restart(request)).rejects.toThrow(RotationError);
  });

  it.each([
    [200, 'healthy'],
    [503, 'pending'],
    [404, 'failed'],
  ])('polls: %i is %s', async (status, state) => {
    expect((await (await open(answering(status))).status(request)).state).toBe(state);
  });

  it('polls on while the consumer cannot be reached', async () => {
    const down = async () => {
      throw new RotationError('Unavailable', { subject: 'orders.test:80', code: 'ECONNREFUSED' });
    };
    expect(await (await open(down)).status(request)).toMatchObject({ state: 'pending' });
  });

  it('refuses a URL with a login, and any other scheme', async () => {
    const refused = { name: 'ConfigInvalid', message: expect.stringContaining('url:') };
    for (const url of ['http://u:p@x/', 'file:///etc/passwd', 'nonsense']) {
      await expect(open(answering(200), { url })).rejects.toMatchObject(refused);
    }
  });
});

describe('process-signal', () => {
  const open = (signal = 'SIGHUP') =>
    processSignal.create({ use: 'process-signal', pidFile: 'pid', signal }, pluginDeps({ baseDir: dir() }));

  it.each(['', 'abc', '-1', '0', '1', '12 34', '99999999999'])(
    'signals nobody for a pid file with %j',
    async (text) => {
      await writeFile(join(dir(), 'pid'), text);
      const failure = { name: 'RolloutFailed', message: expect.stringContaining(join(dir(), 'pid')) };
      await expect((await open()).restart(request)).rejects.toMatchObject(failure);
    },
  );

  it('tells a process that is gone', async () => {
    const child = spawn('true');
    await new Promise((done) => child.once('exit', done));
    await writeFile(join(dir(), 'pid'), `${child.pid}\n`);
    await expect((await open()).restart(request)).rejects.toMatchObject({ name: 'RolloutFailed', code: 'ESRCH' });
    expect(await (await open()).status(request)).toMatchObject({ state: 'failed' });
    expect(await (await open('SIGTERM')).status(request)).toMatchObject({ state: 'pending' });
  });

  it('waits for the supervisor after a signal that ends the process', async () => {
    expect(await (await open('SIGTERM')).status(request)).toMatchObject({ state: 'pending' });
    await expect((await open('SIGHUP')).status(request)).rejects.toMatchObject({ name: 'RolloutFailed' });
    await writeFile(join(dir(), 'pid'), `${process.pid}\n`);
    expect(await (await open('SIGTERM')).status(request)).toMatchObject({ state: 'healthy' });
  });
});

describe('command', () => {
  const open = (more: object) => command.create({ use: 'command', ...more }, pluginDeps({ baseDir: dir() }));
  const sh = (script: string) => ['/bin/sh', '-c', script];

  it('inherits nothing, and is told what it restarts for', async () => {
    const client = await open({ argv: sh('env > seen'), env: { MINE: 'x' } });
    await client.restart(request);
    const names = (await readFile(join(dir(), 'seen'), 'utf8'))
      .split('\n')
      .filter((line) => /^(?!PWD|_|SHLVL)./.test(line));
    expect(names.sort()).toEqual([
      'KEYTURN_CONSUMER=orders-api',
      'KEYTURN_ROTATION=r-1',
      'KEYTURN_SECRET=production/database/orders',
      `KEYTURN_VERSION=${request.version}`,
      'MINE=x',
    ]);
  });

  it('passes its arguments as they are, without a shell', async () => {
    const client = await open({ argv: ['touch', 'a;b $(c)'] });
    await client.restart(request);
    expect(await readFile(join(dir(), 'a;b $(c)'), 'utf8')).toBe('');
  });

  it('shows nothing of what a command prints, not even on the terminal', async () => {
    await writeFile(join(dir(), 'value'), CANARY);
    const plugin = new URL('../../lib/plugins/restarters/command.ts', import.meta.url).href;
    const options = { use: 'command', argv: sh('cat value; cat value >&2'), cwd: dir() };
    const script = `import { command } from '${plugin}';
      const client = await command.create(${JSON.stringify(options)}, { baseDir: '/' });
      console.log(await client.restart(${JSON.stringify(request)}));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(stdout.toString()).toBe('applied\n');
    assertNoLeak(stderr.toString(), CANARY);
  });

  it('tells the exit code', async () => {
    const client = await open({ argv: sh('exit 3') });
    const failure = { name: 'RolloutFailed', message: expect.stringContaining('exited with 3') };
    await expect(client.restart(request)).rejects.toMatchObject(failure);
  });

  it('ends a command, and all that it started, after its time', async () => {
    const client = await open({ argv: sh('sleep 60 & echo $! > child; wait'), timeoutSeconds: 1 });
    const failure = { name: 'RolloutFailed', message: expect.stringContaining('its time is 1 s') };
    await expect(client.restart(request)).rejects.toMatchObject(failure);
    const child = Number(await readFile(join(dir(), 'child'), 'utf8'));
    await expect.poll(() => isRunning(child)).toBe(false);
  });

  it('names a program that is not there', async () => {
    const client = await open({ argv: ['no-such-program'] });
    await expect(client.restart(request)).rejects.toMatchObject({ name: 'RolloutFailed', code: 'ENOENT' });
  });

  it.each([
    [0, 'healthy'],
    [75, 'pending'],
    [1, 'failed'],
  ])('takes a status command that exits with %i for %s', async (code, state) => {
    const client = await open({ argv: ['true'], statusArgv: sh(`exit ${code}`) });
    expect(await client.status(request)).toEqual({ state, why: `the status command exited with ${code}` });
  });
});

async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !stat.includes(') Z ');
}
