import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import type { StoredMap } from '../entries/entry-record.ts';

const map = jsonText.pipe(
  z.custom<StoredMap>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
);

/** A secret's text as names and values. @throws ConfigInvalid for plain text or bytes, which have no fields */
export function readMap(text: string, name: string): StoredMap {
  const parsed = map.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new RotationError('ConfigInvalid', {
    subject: `secret ${name}`,
    detail: 'what lies there is no JSON object, so that it has no fields',
  });
}

/** Bytes; the limit of the service. */
const LARGEST = 65_536;

/** @throws InputInvalid for more than a secret of AWS can hold */
export function refuseTooLarge(text: string, name: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= LARGEST) return text;
  throw new RotationError('InputInvalid', {
    subject: `value for ${name}`,
    detail: `with all that lies beside it, it takes ${bytes} bytes, of ${LARGEST} at most`,
  });
}
