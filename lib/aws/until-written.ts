import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RotationError } from '../core/errors.ts';

const ATTEMPTS = 60;
const LONGEST_MS = 100;

/** What an attempt returns when another writer was first. */
export const LOST = Symbol('another writer was first');

/**
 * Reads and writes anew until no other writer was in between.
 *
 * @throws LedgerUnavailable when that does not happen in 60 attempts
 */
export async function untilWritten<T>(subject: string, attempt: () => Promise<T | typeof LOST>): Promise<T> {
  for (let tried = 1; tried <= ATTEMPTS; tried += 1) {
    const result = await attempt();
    if (result !== LOST) return result;
    await sleep(randomInt(Math.min(2 ** tried, LONGEST_MS)) + 1);
  }
  throw new RotationError('LedgerUnavailable', { subject, detail: `${ATTEMPTS} attempts met other writers` });
}
