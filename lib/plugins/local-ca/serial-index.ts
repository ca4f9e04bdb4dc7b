import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { errorCode, RotationError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import type { Change, Clock } from '../../core/ports.ts';
import { readIfPresent, replaceFile } from '../files/replace-file.ts';

const issued = z.strictObject({
  /** Lower-case hex. */
  serial: z.string(),
  /** The key id of the authority that signed it. */
  authority: z.string(),
  name: z.string(),
  /** ISO 8601. */
  notAfter: z.string(),
  revokedAt: z.string().optional(),
});
export type Issued = z.output<typeof issued>;

const index = jsonText.pipe(z.strictObject({ issued: z.array(issued) }));

/** Everything that a local authority has signed: written before a certificate leaves, so that none is unknown. */
export interface SerialIndex {
  all(): Promise<readonly Issued[]>;
  add(entry: Issued): Promise<Change>;
  /** Marks those that `which` picks as revoked. */
  revoke(which: (entry: Issued) => boolean, at: string): Promise<Change>;
}

/** Expired certificates are kept for this long, as evidence. */
const KEPT_MS = 400 * 86_400_000;

export function serialIndex(path: string, clock: Clock): SerialIndex {
  const change = async (edit: (entries: readonly Issued[]) => readonly Issued[]): Promise<Change> => {
    await makeDirectory(path);
    const write = (found: Buffer | undefined) =>
      Buffer.from(`${JSON.stringify({ issued: edit(parsed(path, found)) }, undefined, 1)}\n`);
    return replaceFile({ path, edit: write }, clock);
  };
  return {
    all: async () => parsed(path, await readIfPresent(path)),
    add: (entry) =>
      change((entries) => {
        const kept = entries.filter(({ notAfter }) => Date.parse(notAfter) + KEPT_MS > clock.now());
        return kept.some((known) => isSame(known, entry)) ? kept : [...kept, entry];
      }),
    revoke: (which, revokedAt) =>
      change((entries) =>
        entries.map((entry) => (entry.revokedAt === undefined && which(entry) ? { ...entry, revokedAt } : entry)),
      ),
  };
}

const isSame = (one: Issued, two: Issued) => one.serial === two.serial && one.authority === two.authority;

/** @throws ValueCorrupt: signing on without it would leave certificates that nobody can revoke */
function parsed(path: string, found: Buffer | undefined): readonly Issued[] {
  if (found === undefined) return [];
  const read = index.safeParse(found.toString('utf8'));
  if (read.success) return read.data.issued;
  throw new RotationError('ValueCorrupt', {
    subject: `index of serials ${path}`,
    detail: 'it is not as it was written',
  });
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    throw new RotationError('StorageFailed', { subject: `directory ${dirname(path)}`, ...(code && { code }) });
  }
}
