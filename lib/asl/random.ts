import { randomBytes, randomUUID } from 'node:crypto';
import type { Ids } from './environment.ts';

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
export function mulberry(seed: number): () => number {
  let state = Math.trunc(seed) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ids that nobody can guess. */
export const randomIds: Ids = {
  uuid: () => randomUUID(),
  token: () => randomBytes(64).toString('base64url'),
  random: () => Math.random(),
};

/** Ids that follow from a seed, so that a run on a virtual clock can be repeated to the letter. */
export function seededIds(seed: number): Ids {
  const random = mulberry(seed);
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  return {
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${(8 + Math.floor(random() * 4)).toString(16)}${hex(3)}-${hex(12)}`,
    token: () => hex(128),
    random,
  };
}

/** Ids of requests: unique, in the form of a UUID, and much cheaper, for nobody has to be kept from guessing them. */
export function requestIds(ids: Ids): () => string {
  const head = ids.uuid().slice(0, 24);
  let count = 0;
  return () => head + (count++).toString(16).padStart(12, '0');
}
