import { readFileSync } from 'node:fs';
import { errorCode, RotationError } from '../core/errors.ts';

/** @throws InputInvalid */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new RotationError('InputInvalid', {
      subject: file,
      detail: 'it cannot be read',
      code: errorCode(error) ?? '',
    });
  }
}

/** @throws InputInvalid */
export const readJson = (file: string): unknown => jsonFrom(file, readText(file));

/** An option's value: JSON, or the name of a file with JSON behind an @. @throws InputInvalid */
export const jsonOption = (name: string, value: string): unknown =>
  value.startsWith('@') ? readJson(value.slice(1)) : jsonFrom(name, value);

function jsonFrom(subject: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RotationError('InputInvalid', {
      subject,
      detail: error instanceof Error ? error.message : 'it is no JSON',
    });
  }
}
