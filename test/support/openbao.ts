import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { vi } from 'vitest';
import { z } from 'zod';
import { freePort } from '../../lib/local/free-port.ts';
import { peersCache } from './peers.ts';

const BAO = join(peersCache, 'bao');

/** A running server with its administrator. */
export interface OpenBao {
  readonly address: string;
  readonly root: string;
  /** PEM, for a server with TLS. */
  readonly caFile: string | undefined;
  /** An administrator's call below `/v1/`. @throws for every refusal */
  admin(method: string, path: string, json?: object, token?: string): Promise<unknown>;
  /** The same where one status is an answer: undefined for it. @throws for every other refusal */
  adminUnless(status: number, method: string, path: string, json?: object): Promise<unknown>;
  isSealed(): Promise<boolean>;
  seal(): Promise<void>;
  unseal(): Promise<void>;
  stop(): Promise<void>;
}

interface Process {
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

function run(args: readonly string[]): Process {
  const child = spawn(BAO, ['server', ...args], { stdio: 'ignore', env: { PATH: process.env.PATH, HOME: '/nowhere' } });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { child, stop };
}

/** In memory; ready in a second. It cannot be sealed. */
export async function startBao(): Promise<OpenBao> {
  const port = await freePort();
  const dev = ['-dev', '-dev-root-token-id=root', `-dev-listen-address=127.0.0.1:${port}`, '-dev-no-store-token'];
  const { child, stop } = run([...dev, '-log-level=error']);
  const server = administered({ address: `http://127.0.0.1:${port}`, root: 'root', key: undefined, caFile: undefined });
  await serving(child, server.address, undefined, [200]);
  return { ...server, stop };
}

const initialized = z.object({ keys_base64: z.tuple([z.string()]), root_token: z.string() });

export interface SealableBao extends OpenBao {
  /** Ends the process and starts another on the same data, unsealed. */
  restart(): Promise<void>;
}

/** On disk (raft), with TLS under a CA of its own. */
export async function startSealableBao(directory: string): Promise<SealableBao> {
  const caFile = makeCertificate(directory);
  const [port, cluster] = [await freePort(), await freePort()];
  const address = `https://127.0.0.1:${port}`;
  mkdirSync(join(directory, 'raft'));
  writeFileSync(join(directory, 'bao.hcl'), settings(directory, port, cluster));
  const start = () => run([`-config=${join(directory, 'bao.hcl')}`, '-log-level=error']);
  let running = start();
  await serving(running.child, address, caFile, [501]);
  const bare = administered({ address, root: '', key: undefined, caFile });
  const init = await bare.admin('POST', 'sys/init', { secret_shares: 1, secret_threshold: 1 });
  const { keys_base64, root_token } = initialized.parse(init);
  const server = administered({ address, root: root_token, key: keys_base64[0], caFile });
  await server.unseal();
  return {
    ...server,
    stop: () => running.stop(),
    restart: async () => {
      await running.stop();
      running = start();
      await serving(running.child, address, caFile, [503]);
      await server.unseal();
    },
  };
}

const settings = (directory: string, port: number, cluster: number) => `
storage "raft" { path = "${directory}/raft" node_id = "one" }
listener "tcp" {
  address = "127.0.0.1:${port}"
  tls_cert_file = "${directory}/server.pem"
  tls_key_file = "${directory}/server.key"
}
api_addr = "https://127.0.0.1:${port}"
cluster_addr = "https://127.0.0.1:${cluster}"
disable_mlock = true
`;

/** A CA and a certificate of 127.0.0.1 under it. @returns the CA's file */
export function makeCertificate(directory: string): string {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test CA');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=127.0.0.1');
  writeFileSync(join(directory, 'san'), 'subjectAltName=IP:127.0.0.1');
  const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san', '-days', '2'];
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...sign);
  return join(directory, 'ca.pem');
}

interface Access {
  readonly address: string;
  readonly root: string;
  readonly key: string | undefined;
  readonly caFile: string | undefined;
}

function administered({ address, root, key, caFile }: Access): Omit<OpenBao, 'stop'> {
  const ask = async (expected: number | undefined, method: string, path: string, json?: object, token = root) => {
    const { status, body } = await call(`${address}/v1/${path}`, caFile, { method, json, token });
    if (status < 300) return body === '' ? undefined : JSON.parse(body);
    if (status === expected) return undefined;
    throw new Error(`OpenBao ${method} ${path}: ${status} ${body}`);
  };
  const admin: OpenBao['admin'] = (...asked) => ask(undefined, ...asked);
  const health = (statuses: readonly number[]) => serving(undefined, address, caFile, statuses);
  return {
    address,
    root,
    caFile,
    admin,
    adminUnless: ask,
    isSealed: async () => (await call(`${address}/v1/sys/health`, caFile, {})).status === 503,
    seal: async () => {
      await admin('PUT', 'sys/seal');
      await health([503]);
    },
    unseal: async () => {
      await admin('PUT', 'sys/unseal', { key });
      await health([200]);
    },
  };
}

interface Call {
  readonly method?: string;
  readonly json?: object | undefined;
  readonly token?: string;
}

async function call(url: string, caFile: string | undefined, { method = 'GET', json, token = '' }: Call) {
  const ca = caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') };
  const dispatcher = new Agent({ connect: ca });
  try {
    const headers = { 'X-Vault-Token': token };
    const body = json === undefined ? null : JSON.stringify(json);
    const reply = await request(url, { dispatcher, method, headers, body });
    return { status: reply.statusCode, body: await reply.body.text() };
  } finally {
    await dispatcher.close();
  }
}

/** Waits until its health is one of `statuses`. */
async function serving(
  child: ChildProcess | undefined,
  address: string,
  caFile: string | undefined,
  statuses: readonly number[],
): Promise<void> {
  await vi.waitFor(
    async () => {
      if (child?.exitCode) throw new Error(`bao ended with ${child.exitCode}`);
      const { status } = await call(`${address}/v1/sys/health`, caFile, {});
      if (!statuses.includes(status)) throw new Error(`its health is ${status}`);
    },
    { timeout: 20_000, interval: 50 },
  );
}
