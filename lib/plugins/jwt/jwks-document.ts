import canonicalize from 'canonicalize';
import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import type { PublicJwk } from './algorithms.ts';

const jwk = z.looseObject({ kid: z.string().optional() });
const jwks = z.looseObject({ keys: z.array(jwk) });
const jwksText = jsonText.pipe(jwks);

/** RFC 7517: a set of public keys, among which may be those of other issuers. */
export type Jwks = z.output<typeof jwks>;

/** Undefined for what is no JWK set. */
export const parseJwks = (text: string): Jwks | undefined => jwksText.safeParse(text).data;

/** A set that is not there holds nothing. @throws ValueCorrupt for what is no JWK set */
export function jwksOf(text: string | undefined, subject: string): Jwks {
  if (text === undefined) return { keys: [] };
  const parsed = parseJwks(text);
  if (parsed !== undefined) return parsed;
  throw new RotationError('ValueCorrupt', { subject, detail: 'it is no JWK set' });
}

/**
 * The document with these of our keys and no other of ours; those of others, and what else is in it, stay as they are.
 *
 * @param own the ids of all keys that are ours
 * @returns undefined where that is what it holds
 */
export function withKeys(document: Jwks, wanted: readonly PublicJwk[], own: ReadonlySet<string>): Jwks | undefined {
  const there = new Set(document.keys.map(({ kid }) => kid));
  const kept = document.keys.flatMap((key) => {
    if (key.kid === undefined || !own.has(key.kid)) return [key];
    const ours = wanted.find(({ kid }) => kid === key.kid);
    return ours === undefined ? [] : [{ ...ours }];
  });
  const added = wanted.filter(({ kid }) => !there.has(kid)).map((key) => ({ ...key }));
  const next = { ...document, keys: [...kept, ...added] };
  return canonicalize(next) === canonicalize(document) ? undefined : next;
}

export const showJwks = (document: Jwks): string => `${JSON.stringify(document, null, 2)}\n`;
