import { errorCode, RotationError } from './errors.ts';

/** The calls of node:fs that key files need; whoever owns a key file passes the module. */
export interface KeyFileSystem {
  statSync(path: string): { readonly mode: number };
  readFileSync(path: string, encoding: 'utf8'): string;
  writeFileSync(path: string, data: string, options: { mode: number; flag: string; flush: boolean }): void;
  linkSync(existing: string, path: string): void;
  rmSync(path: string, options: { force: boolean }): void;
}

/**
 * Reads a key file.
 *
 * @returns undefined when there is none
 * @throws KeyFileExposed when group or others have any access; KeyFileInvalid when it cannot be read
 */
export function readKeyFile(fs: KeyFileSystem, file: string): string | undefined {
  try {
    const mode = fs.statSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new RotationError('KeyFileExposed', { subject: file, detail: `its mode is 0${mode.toString(8)}` });
    }
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw named('KeyFileInvalid', file, error);
  }
}

/**
 * Creates a key file with mode 0600, whole or not at all: a crash leaves no half key, and of two processes one wins.
 *
 * @param unique - sets this process's temporary name apart from any other's
 * @returns what the file holds now: `content`, or what another process put there first
 */
export function createKeyFile(fs: KeyFileSystem, file: string, content: string, unique: string): string {
  const temporary = `${file}.${unique}`;
  try {
    fs.writeFileSync(temporary, content, { mode: 0o600, flag: 'wx', flush: true });
    linkOnce(fs, temporary, file);
  } catch (error) {
    throw named('StorageFailed', file, error);
  } finally {
    fs.rmSync(temporary, { force: true });
  }
  return readKeyFile(fs, file) ?? content;
}

function linkOnce(fs: KeyFileSystem, temporary: string, file: string): void {
  try {
    fs.linkSync(temporary, file);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function named(name: 'KeyFileInvalid' | 'StorageFailed', file: string, error: unknown): unknown {
  if (error instanceof RotationError) return error;
  const code = errorCode(error);
  return new RotationError(name, { subject: file, ...(code !== undefined && { code }) });
}
