import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

export interface ChildOptions {
  /** As a user without privileges where this process has them: root may write anywhere. */
  readonly unprivileged?: boolean;
  /** Largest size of a file, in blocks of 512 bytes: what a full disk does, at a place of one's choice. */
  readonly fileBlocks?: number;
}

export interface Ended {
  /** What it wrote, line by line. */
  readonly lines: readonly string[];
  readonly errors: string;
  /** Null when it was killed. */
  readonly code: number | null;
}

/** Starts a script of test/support/children in a process of its own. */
export function startChild(script: string, args: readonly string[], options: ChildOptions = {}): ChildProcess {
  const env = { ...process.env, ...(options.unprivileged && isRoot && { KEYTURN_TEST_UID: String(NOBODY) }) };
  const command = ['-c', `ulimit -f ${options.fileBlocks ?? 'unlimited'}; exec "$0" "$@"`, process.execPath];
  return spawn('/bin/sh', [...command, bundled(script), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** Runs once the packages are loaded: they, and Node itself, may lie where only root can read. */
const DROP_PRIVILEGES = `if (process.env.KEYTURN_TEST_UID) {
  const id = Number(process.env.KEYTURN_TEST_UID);
  process.setgroups([]); process.setgid(id); process.setuid(id);
}`;

const bundles = new Map<string, string>();

/** As one file of JavaScript, which starts several times faster. It lies where the packages are found. */
function bundled(script: string): string {
  const known = bundles.get(script);
  if (known !== undefined) return known;
  const entry = fileURLToPath(new URL(`children/${script}.ts`, import.meta.url));
  const outfile = fileURLToPath(new URL(`../../node_modules/.cache/keyturn-test/${script}.mjs`, import.meta.url));
  const banner = { js: DROP_PRIVILEGES };
  const options = {
    banner,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    write: false,
  } as const;
  const [output] = buildSync({ ...options, entryPoints: [entry], outfile }).outputFiles;
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(`${outfile}.${process.pid}`, output?.contents ?? '');
  renameSync(`${outfile}.${process.pid}`, outfile);
  bundles.set(script, outfile);
  return outfile;
}

/** Gives a directory to the user that unprivileged children run as. */
export function giveToUnprivileged(directory: string, mode: number): void {
  if (isRoot) chownSync(directory, NOBODY, NOBODY);
  chmodSync(directory, mode);
}

/** Waits for its end; kills it with SIGKILL as soon as it has written `killAfter` lines. */
export async function endOf(child: ChildProcess, killAfter = Number.POSITIVE_INFINITY): Promise<Ended> {
  const lines: string[] = [];
  const errors: string[] = [];
  if (!child.stdout || !child.stderr) throw new Error('the child has no pipes');
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    if (lines.length >= killAfter) child.kill('SIGKILL');
  });
  const [code] = await once(child, 'close');
  return { lines, errors: errors.join(''), code: typeof code === 'number' ? code : null };
}
