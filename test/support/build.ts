import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './sources.ts';

/** Builds the command line once before the suite: tests run it as its users do. */
export function setup(): void {
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { cwd: root, stdio: 'inherit' });
}
