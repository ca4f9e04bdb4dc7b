import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, isRotationError, RotationError } from '../../core/errors.ts';
import type { Change, Clock } from '../../core/ports.ts';
import { claimStagedFile, type StagedFile } from './staged-file.ts';

const TRIES = 5;

export interface FileEdit {
  /** Absolute. A symbolic link is followed: the file that it names is replaced, the link stays. */
  readonly path: string;
  /** Permission bits. Those of the file when absent, 0600 for a new one. */
  readonly mode?: number | undefined;
  /** The whole new content, made from the one found. Called again when another writer changed the file meanwhile. */
  edit(found: Buffer | undefined): Buffer;
}

/**
 * Replaces a file in one step, owner and mode kept: a reader sees the old content or the new one, also after `kill -9`.
 * Keyturn's own writers exclude each other; any other writer is seen by a last look before the step.
 *
 * @throws StorageFailed with the path; Conflict when others keep changing the file
 */
export async function replaceFile(edit: FileEdit, clock: Clock): Promise<Change> {
  return describing(edit.path, async () => {
    const file = await followLink(edit.path);
    const staged = await claimStagedFile(`${file}.keyturn-new`, clock);
    try {
      return await editUntilUndisturbed(file, staged, edit);
    } finally {
      await staged.release();
    }
  });
}

/** The bytes of a regular file, or undefined when there is none. @throws StorageFailed with the path */
export async function readIfPresent(path: string): Promise<Buffer | undefined> {
  return describing(path, async () => (await snapshot(path))?.content);
}

async function editUntilUndisturbed(file: string, staged: StagedFile, { mode, edit }: FileEdit): Promise<Change> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const found = await snapshot(file);
    const next = { ...found, content: edit(found?.content), mode: mode ?? found?.mode ?? 0o600 };
    if (isSame(found, { ...found, ...next })) return 'not-applied';
    await fill(staged, next);
    if (!isSame(found, await snapshot(file))) continue;
    await staged.moveTo(file);
    return 'applied';
  }
  throw new RotationError('Conflict', { subject: `file ${file}`, detail: `it changed ${TRIES} times meanwhile` });
}

interface Snapshot {
  readonly content: Buffer;
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
}

async function snapshot(path: string): Promise<Snapshot | undefined> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new RotationError('StorageFailed', { subject: path, detail: 'it is no regular file' });
    return { content: await readFile(path), mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isSame(one: Snapshot | undefined, two: Snapshot | undefined): boolean {
  if (one === undefined || two === undefined) return one === two;
  return one.content.equals(two.content) && one.mode === two.mode && one.uid === two.uid && one.gid === two.gid;
}

async function fill({ handle }: StagedFile, { content, mode, uid, gid }: Snapshot): Promise<void> {
  await handle.truncate(0);
  await handle.write(content, 0, content.length, 0);
  const own = await handle.stat();
  if (uid !== undefined && gid !== undefined && (uid !== own.uid || gid !== own.gid)) await handle.chown(uid, gid);
  await handle.chmod(mode);
  await handle.sync();
}

/** The file behind a symbolic link; the path itself where nothing is yet. */
async function followLink(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || (await isLink(path))) throw error;
    return path;
  }
}

async function isLink(path: string): Promise<boolean> {
  await stat(dirname(path));
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

const DETAILS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `the directory ${dirname(path)} or what a link names does not exist`,
  EBUSY: (path) => `a file that is mounted by itself cannot be replaced: mount ${dirname(path)}`,
  EPERM: () => 'its owner cannot be kept: run as that owner or as root',
};

/** No file system error leaves by itself: it is named, with the path and the system's code. */
async function describing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRotationError(error)) throw error;
    const code = errorCode(error) ?? 'unknown';
    const detail = DETAILS[code]?.(path);
    throw new RotationError('StorageFailed', { subject: `file ${path}`, code, ...(detail && { detail }) });
  }
}
