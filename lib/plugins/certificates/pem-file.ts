import { readFile } from 'node:fs/promises';
import { errorCode, RotationError } from '../../core/errors.ts';

/** @throws StorageFailed */
export async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    throw new RotationError('StorageFailed', { subject: `file ${path}`, ...(code && { code }) });
  }
}
