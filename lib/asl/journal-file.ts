import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { JournalRecord } from './journal.ts';
import { checkHeader, decodeFrames, encodeFrame, encodeHeader } from './journal-frames.ts';

/** Turns the records of one frame into bytes and back. */
export interface Codec {
  readonly seal: (plain: Buffer) => Buffer;
  readonly unseal: (sealed: Buffer) => Buffer;
}

export interface OpenFile {
  readonly handle: FileHandle;
  /** Bytes that are sound. */
  readonly size: number;
  readonly bodies: readonly Buffer[];
}

export const encode = (records: readonly JournalRecord[], { seal }: Codec): Buffer =>
  encodeFrame(seal(Buffer.from(JSON.stringify(records))));

export const decode = (body: Buffer, { unseal }: Codec): JournalRecord[] => JSON.parse(unseal(body).toString());

/** Opens or makes the file, and cuts off what a crash left at its end. */
export async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path, 'a+', 0o600);
  const file = await readFile(path);
  if (!checkHeader(file, path)) return begin(handle, path);
  const { bodies, end } = decodeFrames(file, path);
  if (end < file.length) {
    await handle.truncate(end);
    await handle.sync();
  }
  return { handle, bodies, size: end };
}

async function begin(handle: FileHandle, path: string): Promise<OpenFile> {
  const header = encodeHeader();
  await handle.truncate(0);
  await handle.appendFile(header);
  await handle.sync();
  await syncDirectory(dirname(path));
  return { handle, bodies: [], size: header.length };
}

/** Puts a file in the place of another that has only the records to keep; a crash leaves one of the two, whole. */
export async function rewriteFile(
  path: string,
  codec: Codec,
  keep: (record: JournalRecord) => boolean,
): Promise<OpenFile> {
  const fresh = await open(`${path}.new`, 'w', 0o600);
  await fresh.appendFile(encodeHeader());
  for (const body of decodeFrames(await readFile(path), path).bodies) {
    const kept = decode(body, codec).filter(keep);
    if (kept.length > 0) await fresh.appendFile(encode(kept, codec));
  }
  await fresh.sync();
  await fresh.close();
  await rename(`${path}.new`, path);
  await syncDirectory(dirname(path));
  const handle = await open(path, 'a', 0o600);
  return { handle, bodies: [], size: (await handle.stat()).size };
}

/** Makes the names in a directory durable. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  await handle.sync();
  await handle.close();
}
