import { crc32 } from 'node:zlib';

/**
 * The file of a journal: a header, then frames. A frame is what one fsync made durable:
 * 4 bytes length of the body, 4 bytes CRC-32 of it, both little-endian, then the body.
 */
export const MAGIC = 'ASL-JOURNAL';
export const VERSION = 1;

const HEADER_LENGTH = 16;
const FRAME_HEAD = 8;

/** A journal that this version cannot read, or that is damaged other than at its end. */
export class JournalRefused extends Error {
  override readonly name = 'JournalRefused';
}

export function encodeHeader(): Buffer {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(VERSION, HEADER_LENGTH - 4);
  return header;
}

/** Throws {@link JournalRefused} unless the file begins as this version writes it; a header cut short is none. */
export function checkHeader(file: Buffer, path: string): boolean {
  const expected = encodeHeader();
  if (file.length < HEADER_LENGTH && expected.subarray(0, file.length).equals(file)) return false;
  if (file.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new JournalRefused(`${path} is not a journal; move it away, or name another directory`);
  }
  const version = file.readUInt32LE(HEADER_LENGTH - 4);
  if (version === VERSION) return true;
  throw new JournalRefused(
    `${path} has version ${version}, and this program reads version ${VERSION}; run it with the program that wrote it`,
  );
}

export function encodeFrame(body: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUInt32LE(body.length, 0);
  head.writeUInt32LE(crc32(body), 4);
  return Buffer.concat([head, body]);
}

/**
 * Reads the frames of a file. `end` is where the sound part ends: a crash while writing leaves a torn frame there, which
 * was never durable. A damaged frame with sound ones after it is another matter: then the disk lost what was durable.
 */
export function decodeFrames(file: Buffer, path: string): { readonly bodies: Buffer[]; readonly end: number } {
  const bodies: Buffer[] = [];
  let end = HEADER_LENGTH;
  for (let frame = frameAt(file, end); frame; frame = frameAt(file, end)) {
    bodies.push(frame);
    end += FRAME_HEAD + frame.length;
  }
  if (hasFrameAfter(file, end)) {
    throw new JournalRefused(`${path} is damaged at byte ${end} with sound records after it; restore it from a backup`);
  }
  return { bodies, end };
}

function frameAt(file: Buffer, at: number): Buffer | undefined {
  if (at + FRAME_HEAD > file.length) return undefined;
  const length = file.readUInt32LE(at);
  const start = at + FRAME_HEAD;
  if (length === 0 || start + length > file.length) return undefined;
  const body = file.subarray(start, start + length);
  return crc32(body) === file.readUInt32LE(at + 4) ? body : undefined;
}

/** Whether the damaged frame's own length leads to a sound one. */
function hasFrameAfter(file: Buffer, at: number): boolean {
  if (at + FRAME_HEAD > file.length) return false;
  return frameAt(file, at + FRAME_HEAD + file.readUInt32LE(at)) !== undefined;
}
