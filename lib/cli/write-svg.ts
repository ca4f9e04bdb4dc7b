import { writeFileSync } from 'node:fs';
import { errorCode, RotationError } from '../core/errors.ts';

/** @throws StorageFailed */
export function writeSvg(file: string, svg: string): void {
  try {
    writeFileSync(file, svg);
  } catch (error) {
    throw new RotationError('StorageFailed', { subject: file, code: errorCode(error) ?? '' });
  }
}
