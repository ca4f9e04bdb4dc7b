import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import type { BackendClient, SecretRef, Versions } from '../../lib/core/ports.ts';
import { refOf } from '../../lib/core/run.ts';
import type { Secret } from '../../lib/core/secret.ts';
import { freePort } from '../../lib/local/free-port.ts';
import { openLocal } from '../../lib/local/local.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import type { Part, Service } from './part.ts';

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const KEYTURN = here('../../dist/keyturn.js');

export interface Estate {
  readonly servicePorts: readonly number[];
  /** Runs the command line; its output is shown. @returns the exit code */
  keyturn(args: readonly string[], input?: string): Promise<number>;
  /** The current value of every secret that can be looked at. */
  values(): Promise<ReadonlyMap<string, Secret>>;
  /** Whether each system takes the value from before, and the one of now. */
  looks(before: ReadonlyMap<string, Secret>): Promise<{ secretId: string; old: string; fresh: string }[]>;
  versionsOf(secretId: string): Promise<Versions>;
  close(): Promise<void>;
}

/** How the configuration of this run differs from keyturn.yaml. */
interface Changes {
  /** Secrets of systems that are not here. */
  readonly leftOut?: readonly string[];
  edit?(text: string): string;
}

/** Writes the configuration, stores the values that exist, and starts the services. */
export async function openEstate(
  folder: string,
  parts: readonly Part[],
  { leftOut = [], edit = (text) => text }: Changes = {},
): Promise<Estate> {
  const services = parts.flatMap((part) => part.services);
  const ports = await portsOf(parts, services);
  const config = join(folder, 'keyturn.yaml');
  writeFileSync(config, withPorts(edit(without(readFileSync(here('keyturn.yaml'), 'utf8'), leftOut)), ports));
  const keyturn = (args: readonly string[], input = '') => run(folder, args, input);
  for (const [secretId, value] of parts.flatMap((part) => Object.entries(part.first))) {
    const code = await keyturn(['put', secretId], JSON.stringify(value.reveal()));
    if (code !== 0) throw new Error(`keyturn put ${secretId} ended with ${code}`);
  }
  const processes = await Promise.all(services.map((service) => startService(folder, service, ports)));
  return {
    servicePorts: services.map(({ port }) => ports.get(port) ?? 0),
    keyturn,
    values: () => valuesOf(folder, parts),
    looks: async (before) => looksOf(parts, before, await valuesOf(folder, parts)),
    versionsOf: async (secretId) =>
      (await stored(folder, [secretId], (backend, ref) => backend.versions(ref))).get(secretId) ?? { pending: [] },
    close: async () => {
      for (const service of processes) service.disconnect();
      await Promise.all(processes.map((service) => once(service, 'exit')));
    },
  };
}

function without(text: string, secrets: readonly string[]): string {
  const document = parseDocument(text);
  for (const secret of secrets) document.deleteIn(['secrets', secret]);
  return document.toString({ lineWidth: 0 });
}

async function portsOf(parts: readonly Part[], services: readonly Service[]): Promise<Map<number, number>> {
  const ports = new Map(parts.flatMap((part) => Object.entries(part.ports).map(([as, is]) => [Number(as), is])));
  for (const { port } of services) ports.set(port, await freePort());
  return ports;
}

const withPorts = (text: string, ports: ReadonlyMap<number, number>): string =>
  text.replaceAll(/\b470\d\d\b/g, (port) => String(ports.get(Number(port)) ?? port));

async function run(folder: string, args: readonly string[], input: string): Promise<number> {
  const child = spawn(process.execPath, [KEYTURN, '--data', join(folder, 'data'), ...args], {
    cwd: folder,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  child.stdin.end(input);
  const [code] = await once(child, 'exit');
  return Number(code ?? 1);
}

async function startService(
  folder: string,
  { name, secretId, kind, env, port }: Service,
  ports: ReadonlyMap<number, number>,
): Promise<ChildProcess> {
  const file = join(folder, `${name}.env`);
  const lines = Object.entries(env).map(([key, value]) => `${key}=${withPorts(value, ports)}`);
  writeFileSync(file, `# ${name}\n${lines.join('\n')}\n`, { mode: 0o600 });
  const args = [kind, secretId, file, String(ports.get(port)), name];
  const service = fork(here('consumer.ts'), args, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(service, 'message');
  return service;
}

/** What the store has, read as any step would. */
async function stored<Result>(
  folder: string,
  secretIds: readonly string[],
  read: (backend: BackendClient, ref: SecretRef) => Promise<Result>,
): Promise<Map<string, Result>> {
  const local = openLocal({
    configFile: join(folder, 'keyturn.yaml'),
    dataDir: join(folder, 'data'),
    catalog: builtIn,
  });
  try {
    const { config, open } = local.deps();
    const found = new Map<string, Result>();
    for (const id of secretIds) {
      const entry = config.secrets.get(id);
      if (entry === undefined) throw new Error(`keyturn.yaml lacks ${id}`);
      found.set(id, await read(await open.backend(entry), refOf(entry)));
    }
    return found;
  } finally {
    local.close();
  }
}

const valuesOf = (folder: string, parts: readonly Part[]) =>
  stored(
    folder,
    parts.flatMap((part) => part.looksAt),
    async (backend, ref) => (await backend.read(ref, 'current')).value,
  );

const looksOf = (parts: readonly Part[], before: ReadonlyMap<string, Secret>, now: ReadonlyMap<string, Secret>) =>
  Promise.all(
    parts.flatMap((part) =>
      part.looksAt.map(async (secretId) => {
        const [old, fresh] = [before.get(secretId), now.get(secretId)];
        if (old === undefined || fresh === undefined) throw new Error(`no value of ${secretId}`);
        return { secretId, old: await part.look(secretId, old), fresh: await part.look(secretId, fresh) };
      }),
    ),
  );
