import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './sources.ts';

export interface Ran {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly stdin?: string;
  /** Ends it with SIGKILL after this many milliseconds. */
  readonly killAfterMs?: number;
}

/** Runs the built command line as its users do; build.ts builds it before the suite. */
export function keyturn(args: readonly string[], { cwd, stdin, killAfterMs }: RunOptions): Promise<Ran> {
  const child = spawn(process.execPath, [join(root, 'dist/keyturn.js'), ...args], { cwd });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  child.stdin.end(stdin ?? '');
  const killer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  return new Promise((done, fail) => {
    child.once('error', fail).once('close', (code) => {
      clearTimeout(killer);
      done({ code, ...output });
    });
  });
}
