import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Binaries, embeddedBinaries, othersMayPass } from './embedded-postgres-binaries.ts';
import { freePort } from './free-port.ts';

/** PostgreSQL refuses to run as root; as root its processes run as this user, `nobody` on most systems. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A throw-away server: nothing is worth an fsync, and what it logs nobody reads. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  logging_collector: 'off',
  log_min_messages: 'panic',
  max_connections: '100',
};

export interface PostgresOptions {
  /** Kept after `stop` when given; it must be empty or absent, and as root others must be able to pass its parents. */
  readonly directory?: string;
  /** A free one when absent. */
  readonly port?: number;
  /** Where `initdb` and `postgres` lie; those of the package `embedded-postgres` when absent. */
  readonly binaries?: Binaries;
  /** More settings, e.g. `{ shared_preload_libraries: 'passwordcheck' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly superuser: { readonly user: string; readonly password: string };
  readonly pid: number;
  /** Ends the server and its sessions, and removes a directory of its own choosing. */
  stop(): Promise<void>;
}

/**
 * Starts a new PostgreSQL on loopback, SCRAM for every connection.
 *
 * @throws Error when the binaries are missing or the server does not come up
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<EmbeddedPostgres> {
  const home = options.directory ?? (await mkdtemp(join(tmpdir(), 'keyturn-postgres-')));
  await hand(home);
  const binaries = options.binaries ?? (await embeddedBinaries(home));
  const port = options.port ?? (await freePort());
  const superuser = { user: 'postgres', password: randomBytes(24).toString('base64url') };
  await initialise(binaries, home, superuser);
  const server = serve(binaries, join(home, 'data'), { ...SETTINGS, ...options.settings, port: String(port) });
  const pid = await ready(server, join(home, 'data', 'postmaster.pid'));
  const stop = async () => {
    await end(server);
    if (options.directory === undefined) await rm(home, { recursive: true, force: true });
  };
  return { host: '127.0.0.1', port, superuser, pid, stop };
}

async function initialise(binaries: Binaries, home: string, superuser: EmbeddedPostgres['superuser']): Promise<void> {
  const passwordFile = join(home, 'superuser');
  await writeFile(passwordFile, superuser.password, { mode: 0o600 });
  await own(passwordFile);
  const flags = ['--auth=scram-sha-256', `--username=${superuser.user}`, '--encoding=UTF8', '--locale=C', '--no-sync'];
  await run(binaries.initdb, [...flags, `--pwfile=${passwordFile}`, '-D', join(home, 'data')]);
  await rm(passwordFile);
}

/** Makes the folder and gives it to the server's user. */
async function hand(home: string): Promise<void> {
  await mkdir(home, { recursive: true });
  await own(home);
  if (NOBODY.uid === undefined || (await othersMayPass(dirname(home)))) return;
  throw new Error(
    `${home}: the user nobody, as whom PostgreSQL runs here, may not pass its parents; choose another folder`,
  );
}

async function own(path: string): Promise<void> {
  if (NOBODY.uid !== undefined) await chown(path, NOBODY.uid, NOBODY.gid);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { ...NOBODY, cwd: dirname(command), stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with code ${code}: ${complaint.trim()}`);
}

function serve(binaries: Binaries, data: string, settings: Readonly<Record<string, string>>): ChildProcess {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(binaries.postgres, ['-D', data, ...flags], { ...NOBODY, cwd: data, stdio: 'ignore' });
  const kill = () => server.kill('SIGQUIT');
  process.once('exit', kill);
  server.once('exit', () => process.removeListener('exit', kill));
  return server;
}

/** The server writes its state to the eighth line of its pid file. */
async function ready(server: ChildProcess, pidFile: string): Promise<number> {
  const failed = once(server, 'exit').then(([code]) => {
    throw new Error(`PostgreSQL ended with code ${code} before it was ready`);
  });
  const up = async () => {
    while (server.exitCode === null) {
      const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
      if (lines[7]?.trim() === 'ready') break;
      await pause(10);
    }
  };
  // Its later end is no failure to start.
  failed.catch(() => undefined);
  await Promise.race([failed, up()]);
  if (server.pid === undefined) throw new Error('PostgreSQL has no process');
  return server.pid;
}

/** A fast shutdown: sessions are ended. */
async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGINT');
  await gone;
}
