import type { Stats } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { errorCode, RotationError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';

const WAIT_MS = 50;
const ABANDONED_MS = 10_000;

/** Where a file's next content is prepared. */
export interface StagedFile {
  readonly handle: FileHandle;
  /** Puts it in the place of `file`, in one step. @throws Conflict when it was taken over by another writer */
  moveTo(file: string): Promise<void>;
  /** Closes it, and removes it if it was not moved. */
  release(): Promise<void>;
}

/**
 * Creates a file exclusively, which makes it the lock among all writers that stage under this name. Waits for a holder;
 * one whose file has not changed for ten seconds is dead (its work takes milliseconds) and is taken over.
 */
export async function claimStagedFile(path: string, clock: Clock): Promise<StagedFile> {
  for (;;) {
    const handle = await createExclusive(path);
    if (handle) return stagedFile(path, handle);
    if (await isAbandoned(path)) await rm(path, { force: true });
    else await clock.sleep(WAIT_MS);
  }
}

function stagedFile(path: string, handle: FileHandle): StagedFile {
  // An inode is not given to another file while it is open here.
  const isOurs = async () => (await handle.stat()).ino === (await statIfPresent(path))?.ino;
  return {
    handle,
    moveTo: async (file) => {
      if (!(await isOurs())) throw new RotationError('Conflict', { subject: `file ${path}` });
      await rename(path, file);
    },
    release: async () => {
      if (await isOurs()) await rm(path, { force: true });
      await handle.close();
    },
  };
}

async function createExclusive(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** File times are the machine's, whatever clock the run has; one that was set back leaves times in the future. */
async function isAbandoned(path: string): Promise<boolean> {
  const changed = (await statIfPresent(path))?.mtimeMs;
  return changed !== undefined && Math.abs(Date.now() - changed) > ABANDONED_MS;
}

async function statIfPresent(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
