import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { errorCode, RotationError } from '../core/errors.ts';

/** One process drives a data directory while it holds this. Keep it: what is collected is released. */
export interface EngineLock {
  release(): void;
}

export interface EngineBusy {
  /** The process that drives it; 0 in the moment between its taking the lock and its saying so. */
  readonly heldBy: number;
}

/**
 * Takes the engine lock of a data directory, or says who has it. The operating system frees it with the process, however
 * that ends: it is the file lock of an open SQLite transaction, and no file that could be left behind means anything.
 *
 * @throws LedgerUnavailable when the directory cannot be written
 */
export function tryAcquireEngineLock(dataDir: string): EngineLock | EngineBusy {
  const [file, pidFile] = [join(dataDir, 'engine.lock'), join(dataDir, 'engine.pid')];
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const database = lockFile(file);
    if (database === undefined) return { heldBy: readPid(pidFile) };
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
    return { release: () => void database.close() };
  } catch (error) {
    const code = errorCode(error);
    throw new RotationError('LedgerUnavailable', { subject: `engine lock ${file}`, ...(code && { code }) });
  }
}

function lockFile(file: string): Database.Database | undefined {
  const database = new Database(file, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    chmodSync(file, 0o600);
    return database;
  } catch (error) {
    database.close();
    if (errorCode(error) === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}

function readPid(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || 0;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
