import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorCode, RotationError } from '../../core/errors.ts';
import type { PluginDeps } from '../../core/ports.ts';
import { readIfPresent, replaceFile } from '../files/replace-file.ts';
import type { Ciphertexts, WithCiphertexts } from './ciphertexts.ts';
import type { FilesPlace } from './target.ts';
import { type Form, keyIdIn } from './wrapping.ts';

const REGISTER = '.keyturn-keys.json';

/** One ciphertext in each file of a folder. */
export function withFiles(
  { folder, suffix }: FilesPlace,
  form: Form,
  { baseDir, clock }: Pick<PluginDeps, 'baseDir' | 'clock'>,
): WithCiphertexts {
  const root = resolve(baseDir, folder);
  const register = join(root, REGISTER);
  const read = async (id: string) => (await readIfPresent(join(root, id)))?.toString('utf8');
  const each = async (work: (id: string, kid: string, text: string) => boolean | undefined): Promise<void> => {
    for (const id of await namesIn(root, suffix)) {
      const text = await read(id);
      if (text !== undefined && work(id, keyIdIn(text, form) ?? '', text) === false) return;
    }
  };
  const files: Ciphertexts = {
    subject: `files ${folder}/*${suffix}`,
    counts: async () => {
      const counts = new Map<string, number>();
      await each((_id, kid) => void counts.set(kid, (counts.get(kid) ?? 0) + 1));
      return counts;
    },
    under: async (kids, most) => {
      const found: { id: string; text: string }[] = [];
      await each((id, kid, text) => {
        if (kids.includes(kid)) found.push({ id, text });
        return found.length < most;
      });
      return found;
    },
    replace: async ({ id, text }, next) => {
      let isMine = false;
      const edit = (now: Buffer | undefined) => {
        isMine = now?.toString('utf8') === text;
        return isMine ? Buffer.from(text.endsWith('\n') ? `${next}\n` : next) : (now ?? Buffer.alloc(0));
      };
      // A file that was removed meanwhile is not made again.
      if ((await read(id)) === text) await replaceFile({ path: join(root, id), edit }, clock);
      return isMine;
    },
    readRegister: async () => (await readIfPresent(register))?.toString('utf8'),
    editRegister: (change) =>
      replaceFile({ path: register, edit: (found) => Buffer.from(change(found?.toString('utf8'))) }, clock),
  };
  return async (work) => work(files);
}

/** @throws StorageFailed */
async function namesIn(root: string, suffix: string): Promise<string[]> {
  try {
    return (await readdir(root, { recursive: true })).filter((name) => name.endsWith(suffix)).sort();
  } catch (error) {
    throw new RotationError('StorageFailed', { subject: `folder ${root}`, code: errorCode(error) ?? 'unknown' });
  }
}
