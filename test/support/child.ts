import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ChildOptions {
  /** As a user without privileges where this process has them: root may write anywhere. */
  readonly unprivileged?: boolean;
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
  const file = fileURLToPath(new URL(`${script}.ts`, import.meta.url));
  const nobody = options.unprivileged && process.getuid?.() === 0 ? NOBODY : {};
  return spawn(process.execPath, ['--import', 'tsx', file, ...args], { ...nobody, stdio: ['ignore', 'pipe', 'pipe'] });
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
