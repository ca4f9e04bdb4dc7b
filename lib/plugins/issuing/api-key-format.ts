import { crc32 } from 'node:zlib';
import { makePassword } from '../../core/password-policy.ts';
import type { Random } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 12;
/** 256 bits. */
const SECRET_LENGTH = 43;
/** 62^6 is more than 2^32. */
const SUM_LENGTH = 6;

const PARTS = /^(?<prefix>[a-z][a-z0-9]*)_(?<id>[A-Za-z0-9]{4,40})_[A-Za-z0-9]{22,128}_(?<sum>[A-Za-z0-9]{6})$/;

/** CRC-32 of the text before it, in six base-62 digits: a scanner tells a key from chance without asking anybody. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  while (digits.length < SUM_LENGTH) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return digits;
}

/** `<prefix>_<key id>_<secret>_<crc>` */
export function makeApiKey(prefix: string, random: Random): Secret {
  const part = (length: number) => makePassword({ length, alphabet: BASE62 }, random);
  const id = part(ID_LENGTH);
  const body = `${prefix}_${id}_${part(SECRET_LENGTH)}`;
  return Secret.of({ id, token: `${body}_${checksum(body)}` });
}

/** Why a value is no key of this prefix; undefined when it is one. */
export function apiKeyProblem(value: Secret, prefix: string): string | undefined {
  const token = value.field('token') ?? '';
  const parts = PARTS.exec(token)?.groups;
  if (parts === undefined) return 'its token has not the form <prefix>_<key id>_<secret>_<crc>';
  if (parts.prefix !== prefix) return `its token does not begin with ${prefix}_`;
  if (parts.sum !== checksum(token.slice(0, -SUM_LENGTH - 1))) return 'the checksum at the end of its token is wrong';
  if (parts.id !== value.field('id')) return 'its id is not the key id in its token';
  return undefined;
}
