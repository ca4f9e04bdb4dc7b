import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { jsonText } from '../../core/json-text.ts';
import type { Change, Clock } from '../../core/ports.ts';
import { templateProblems } from '../../core/template.ts';
import { readIfPresent, replaceFile } from './replace-file.ts';

const PLACE = '{version}';

/**
 * How the version id is read back from a rendered file: the text before `{version}` on its line, or undefined when the
 * template has no such line of its own, where no other placeholder stands before it.
 */
export function versionPattern(template: string): RegExp | undefined {
  const line = template.split('\n').find((candidate) => candidate.includes(PLACE));
  const before = line?.slice(0, line.indexOf(PLACE)) ?? '';
  if (before.trim() === '' || templateProblems(before, []).length > 0) return undefined;
  const literal = before.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(`^${literal}([A-Za-z0-9_-]+)`, 'm');
}

const sidecar = jsonText.pipe(z.strictObject({ secretId: z.string(), version: z.string(), file: z.string() }));

const sidecarPath = (path: string) => `${path}.keyturn-version`;

/** Notes beside a file which version it carries. The file is known by its inode, size and time: no hash of a value. */
export async function writeVersionFile(
  path: string,
  note: { secretId: string; version: string },
  clock: Clock,
): Promise<Change> {
  const content = Buffer.from(`${JSON.stringify({ ...note, file: await identity(path) })}\n`);
  return replaceFile({ path: sidecarPath(path), edit: () => content }, clock);
}

/** The version that the note names, if it is about this secret and the file is still the one it was written for. */
export async function readVersionFile(path: string, secretId: string): Promise<string | undefined> {
  const found = await readIfPresent(sidecarPath(path));
  if (!found || (await readIfPresent(path)) === undefined) return undefined;
  const note = sidecar.safeParse(found.toString('utf8'));
  if (!note.success || note.data.secretId !== secretId) return undefined;
  return note.data.file === (await identity(path)) ? note.data.version : undefined;
}

async function identity(path: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(path);
  return `${ino}-${size}-${mtimeMs}`;
}
