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

/** Starts a script of test/support in a process of its own. */
export function startChild(script: string, args: readonly string[], options: ChildOptions = {}): ChildProcess {
  const file = bundled(script);
  const nobody = options.unprivileged && process.getuid?.() === 0 ? NOBODY : {};
  const command = ['-c', `ulimit -f ${options.fileBlocks ?? 'unlimited'}; exec "$0" "$@"`, process.execPath];
  return spawn('/bin/sh', [...command, file, ...args], { ...nobody, stdio: ['ignore', 'pipe', 'pipe'] });
}

const bundles = new Map<string, string>();

/** As one file of JavaScript, which starts several times faster. It lies where the packages are found. */
function bundled(script: string): string {
  const known = bundles.get(script);
  if (known !== undefined) return known;
  const entry = fileURLToPath(new URL(`${script}.ts`, import.meta.url));
  const outfile = fileURLToPath(new URL(`../../node_modules/.cache/keyturn-test/${script}.mjs`, import.meta.url));
  const options = { bundle: true, platform: 'node', format: 'esm', packages: 'external', write: false } as const;
  const [output] = buildSync({ ...options, entryPoints: [entry], outfile }).outputFiles;
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(`${outfile}.${process.pid}`, output?.contents ?? '');
  renameSync(`${outfile}.${process.pid}`, outfile);
  bundles.set(script, outfile);
  return outfile;
}

const NOBODY = { uid: 65_534, gid: 65_534 };

/** Gives a directory to the user that unprivileged children run as. */
export function giveToUnprivileged(directory: string, mode: number): void {
  if (process.getuid?.() === 0) chownSync(directory, NOBODY.uid, NOBODY.gid);
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
