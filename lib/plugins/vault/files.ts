import * as fs from 'node:fs';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorCode, RotationError } from '../../core/errors.ts';
import { readKeyFile } from '../../core/key-file.ts';

/** The files that a login needs, read at the moment of use: whoever renews them need not tell Keyturn. */
export interface LoginFiles {
  /** A credential: nobody else may read the file. @throws KeyFileExposed, KeyFileInvalid */
  secret(file: string): string;
  /** What is no credential by itself, or what its maker shares: a role id, a projected token, a CA. @throws KeyFileInvalid */
  open(file: string): string;
}

export function loginFiles(baseDir: string): LoginFiles {
  return {
    secret: (file) => filled(file, readKeyFile(fs, resolve(baseDir, file))),
    open: (file) => filled(file, read(resolve(baseDir, file))),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new RotationError('KeyFileInvalid', { subject: path, code: errorCode(error) ?? '' });
  }
}

function filled(file: string, text = ''): string {
  if (text.trim() !== '') return text.trim();
  throw new RotationError('KeyFileInvalid', { subject: file, detail: 'it is missing or empty' });
}
