import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { SecretRef } from '../../core/ports.ts';
import { storedNames } from '../../core/stored-fields.ts';
import type { StoreKey, StoreKeys } from './store-key.ts';
import { type Held, heldVersion } from './version-states.ts';

const content = z.strictObject({
  format: z.literal(1),
  path: z.string(),
  keyId: z.string(),
  /** By the entry's own field names: each entry of a path has versions of its own. */
  entries: z.record(z.string(), z.array(heldVersion)),
});
const envelope = content.extend({ mac: z.string() });

/** What one file holds: all that lies at one path. */
export type Envelope = Readonly<Record<string, Held>>;

/** Which part of a path's envelope a ref means. */
export const entryOf = (ref: SecretRef): string => JSON.stringify(storedNames(ref));

/**
 * The file of a path: the path made readable, and its hash, which alone tells paths apart. Nothing in a path can name
 * another directory.
 */
export function fileNameOf(path: string): string {
  const readable = path
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 60);
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 32);
  return `${readable}.${hash}.json`;
}

export function writeEnvelope(path: string, entries: Envelope, key: StoreKey): string {
  const unsigned = { format: 1, path, keyId: key.id, entries };
  return `${JSON.stringify({ ...unsigned, mac: key.mac(unsigned) }, null, 1)}\n`;
}

/** @throws ValueCorrupt when it was changed by anyone but Keyturn; KeyFileInvalid when another key wrote it */
export function readEnvelope(text: string, path: string, keys: StoreKeys): Envelope {
  const { mac, ...signed } = parse(text, path);
  if (keys.named(signed.keyId).mac(signed) !== mac || signed.path !== path) throw corrupt(path);
  return signed.entries;
}

/** The path that a file says it is of; whether that is so, `readEnvelope` tells. */
export const pathIn = (text: string, file: string): string => parse(text, file).path;

function parse(text: string, path: string): z.output<typeof envelope> {
  try {
    return envelope.parse(JSON.parse(text));
  } catch {
    throw corrupt(path);
  }
}

const corrupt = (path: string) => new RotationError('ValueCorrupt', { subject: path });
