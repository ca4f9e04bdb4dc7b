import { resolve } from 'node:path';
import type { PluginDeps } from '../../core/ports.ts';
import { readIfPresent, replaceFile } from '../files/replace-file.ts';
import type { Place } from './publication.ts';

/** Everybody may read public keys. */
const OPEN = 0o644;

export function filePlace(path: string, { baseDir, clock }: Pick<PluginDeps, 'baseDir' | 'clock'>): Place {
  const file = resolve(baseDir, path);
  const read = async () => (await readIfPresent(file))?.toString('utf8');
  return {
    subject: `JWKS ${path}`,
    read,
    edit: async (change) => {
      const found = await read();
      if (change(found) === undefined) return 'not-applied';
      const edit = (bytes: Buffer | undefined) => {
        const text = bytes?.toString('utf8');
        return Buffer.from(change(text) ?? text ?? '');
      };
      return replaceFile({ path: file, ...(found === undefined && { mode: OPEN }), edit }, clock);
    },
  };
}
