import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../lib/local/free-port.ts';
import { peersCache } from './peers.ts';

export interface LocalstackOptions {
  /** A free one is taken without it. */
  readonly port?: number;
  /** Further settings, e.g. `SFN_MOCK_CONFIG`. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Localstack {
  /** For `AWS_ENDPOINT_URL`; any key id, region and account 000000000000. */
  readonly endpoint: string;
  /** Ends it and every process that it started, and removes its state. */
  stop(): Promise<void>;
}

/** Becomes the command; the group is killed when the pipe at its input closes, as it does however this process ends. */
const ENDS_WITH_PARENT = 'exec 3<&0; (cat <&3 >/dev/null; kill -9 -$$) & exec "$0" "$@"';

/** How long it may take to be ready, and to end when asked to. */
const PATIENCE = { readyMs: 90_000, endMs: 10_000 } as const;

/** Starts LocalStack as a plain process with a state of its own; functions run as Node processes. */
export async function startLocalstack({ port, env }: LocalstackOptions = {}): Promise<Localstack> {
  const address = `127.0.0.1:${port ?? (await freePort())}`;
  const root = await layOut();
  const command = [join(peersCache, 'localstack/bin/python'), '-m', 'localstack.runtime.main'];
  const child = spawn('/bin/sh', ['-c', ENDS_WITH_PARENT, ...command], {
    // A process group of its own: whatever it starts ends with it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...settings(address, root), ...env },
  });
  const stop = async () => {
    await endGroup(child);
    await rm(root, { recursive: true, force: true });
  };
  try {
    await ready(child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint: `http://${address}`, stop };
}

/** An empty state beside the libraries that the set-up has laid out. */
async function layOut(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'keyturn-localstack-'));
  await mkdir(join(root, 'var/lib/localstack'), { recursive: true });
  await mkdir(join(root, 'tmp'));
  await symlink(join(peersCache, 'localstack-libraries'), join(root, 'var/lib/localstack/lib'));
  return root;
}

const settings = (address: string, root: string) => ({
  GATEWAY_LISTEN: address,
  // A container of some kind is no reason to write into its system folders.
  OVERRIDE_IN_DOCKER: '0',
  FILESYSTEM_ROOT: root,
  TMPDIR: join(root, 'tmp'),
  DISABLE_EVENTS: '1',
  SKIP_SSL_CERT_DOWNLOAD: '1',
  DNS_ADDRESS: '0',
  LAMBDA_RUNTIME_EXECUTOR: 'node',
  LAMBDA_IGNORE_ARCHITECTURE: '1',
});

/** Resolves at its word "Ready."; rejects with its last words when it ends before, or says nothing in time. */
function ready(child: ChildProcess): Promise<void> {
  const words: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`LocalStack ${what}; it said last:\n${words.join('\n')}`));
    const timer = setTimeout(() => fail(`was not ready within ${PATIENCE.readyMs} ms`), PATIENCE.readyMs);
    const hear = (line: string) => {
      words.push(line);
      if (words.length > 20) words.shift();
      if (!line.startsWith('Ready.')) return;
      clearTimeout(timer);
      resolve();
    };
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', hear);
    child.once('error', (error) => fail(`did not start: ${error.message}`));
    child.once('exit', (code, signal) => fail(`ended with ${code ?? signal}`));
    child.once('exit', () => clearTimeout(timer));
  });
}

async function endGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    signal(pid, 'SIGTERM');
    const timer = setTimeout(() => signal(pid, 'SIGKILL'), PATIENCE.endMs);
    await exited;
    clearTimeout(timer);
  }
  signal(pid, 'SIGKILL');
}

/** To the whole group; that nobody of it is left is fine. */
function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
