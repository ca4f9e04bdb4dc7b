import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { Random } from '../../core/ports.ts';
import type { Fields } from '../../core/secret.ts';
import type { SealedValue } from './version-states.ts';

/** What a value belongs to: it opens at this place only. */
export interface Place {
  readonly path: string;
  readonly entry: string;
  readonly version: string;
}

/** What the key of a store can do; the key itself stays inside. */
export interface StoreKey {
  /** Names the key and does not reveal it. */
  readonly id: string;
  /** AES-256-GCM under a random nonce of 96 bits, bound to its place. */
  seal(fields: Fields, place: Place, random: Random): SealedValue;
  /** @throws ValueCorrupt, KeyFileInvalid when another key sealed it */
  open(value: SealedValue, place: Place): Fields;
  /** HMAC-SHA-256 over canonical JSON: states and times are in clear, and must not be changed unseen. */
  mac(content: object): string;
}

/** The keys of a key file: what is written is under the first, the others still open what lies under them. */
export interface StoreKeys extends Pick<StoreKey, 'id' | 'seal' | 'open' | 'mac'> {
  /** @throws KeyFileInvalid when none has this id */
  named(id: string): StoreKey;
  /** Whether a new key was made whose rewrapping has not ended. */
  readonly hasFormer: boolean;
}

/** One key a line, the newest first. @throws KeyFileInvalid */
export function parseStoreKeys(text: string, file: string): StoreKeys {
  const keys = text
    .trim()
    .split('\n')
    .map((line) => parseStoreKey(line, file));
  const named = (id: string) => {
    const key = keys.find((candidate) => candidate.id === id);
    if (key === undefined) throw foreignKey(file, id);
    return key;
  };
  const [first = parseStoreKey('', file)] = keys;
  return {
    ...first,
    named,
    open: (value, place) => named(value.keyId).open(value, place),
    hasFormer: keys.length > 1,
  };
}

const BYTES = 32;

export const newStoreKey = (random: Random): string => `${Buffer.from(random.bytes(BYTES)).toString('base64')}\n`;

/** @throws KeyFileInvalid */
export function parseStoreKey(text: string, file: string): StoreKey {
  const master = Buffer.from(text.trim(), 'base64');
  if (master.length !== BYTES || master.toString('base64') !== text.trim()) {
    throw new RotationError('KeyFileInvalid', { subject: file, detail: 'it does not hold 32 bytes in base64' });
  }
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', master, '', `keyturn local store: ${purpose}`, BYTES));
  const [id, values, states] = [derive('id').toString('hex').slice(0, 16), derive('values'), derive('states')];
  return {
    id,
    seal: (fields, place, random) => ({ keyId: id, ...encrypt(values, fields, place, random.bytes(12)) }),
    open: (value, place) => {
      if (value.keyId !== id) throw foreignKey(file, value.keyId);
      return decrypt(values, value, place);
    },
    mac: (content) =>
      createHmac('sha256', states)
        .update(canonicalize(content) ?? '')
        .digest('hex'),
  };
}

export function foreignKey(file: string, keyId: string): RotationError {
  return new RotationError('KeyFileInvalid', {
    subject: file,
    detail: `the store was written with another key, ${keyId}`,
  });
}

/** Pairs, not an object: a field may have any name. */
const plaintext = z.array(z.tuple([z.string(), z.string()]));

const aad = ({ path, entry, version }: Place) => Buffer.from(JSON.stringify([path, entry, version]));

function encrypt(key: Buffer, fields: Fields, place: Place, nonce: Uint8Array): Omit<SealedValue, 'keyId'> {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad(place));
  const data = Buffer.concat([cipher.update(JSON.stringify(Object.entries(fields)), 'utf8'), cipher.final()]);
  return { nonce: base64(nonce), tag: base64(cipher.getAuthTag()), data: base64(data) };
}

function decrypt(key: Buffer, { nonce, tag, data }: SealedValue, place: Place): Fields {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), { authTagLength: 16 });
    decipher.setAAD(aad(place)).setAuthTag(Buffer.from(tag, 'base64'));
    const text = Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()]).toString('utf8');
    return Object.fromEntries(plaintext.parse(JSON.parse(text)));
  } catch {
    throw new RotationError('ValueCorrupt', { subject: `${place.path}, version ${place.version}` });
  }
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
