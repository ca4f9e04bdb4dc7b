import { RotationError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { Ciphertext, Ciphertexts } from './ciphertexts.ts';

/** Well below the time that a step has. */
const BUDGET_MS = 20_000;

/** How many ciphertexts are under one of these keys. */
export async function referencesTo(data: Ciphertexts, kids: readonly string[]): Promise<number> {
  const counts = await data.counts();
  return kids.reduce((sum, kid) => sum + (counts.get(kid) ?? 0), 0);
}

export interface Rewrapping {
  /** The keys that ciphertexts are to leave. */
  readonly from: readonly string[];
  readonly batch: number;
  /** The same under the new key, in the same order. */
  move(found: readonly Ciphertext[]): Promise<readonly string[]>;
}

/**
 * Moves ciphertexts in batches until none is left or the time is over. What another writer changes meanwhile is left to
 * that writer, and looked at again.
 */
export async function rewrapSome(data: Ciphertexts, clock: Clock, { from, batch, move }: Rewrapping): Promise<number> {
  const until = clock.now() + BUDGET_MS;
  for (;;) {
    const found = await data.under(from, batch);
    const moved = await move(found);
    for (const [index, item] of found.entries()) await data.replace(item, moved[index] ?? item.text);
    if (found.length === 0 || clock.now() >= until) return referencesTo(data, from);
  }
}

export const doesNotOpen = (data: Ciphertexts, { id }: Ciphertext): RotationError =>
  new RotationError('ValueCorrupt', {
    subject: `${data.subject}, ${id}`,
    detail: 'it does not open with the key that it names',
  });

/** @throws StillInUse */
export async function refuseReferences(data: Ciphertexts, kids: readonly string[]): Promise<void> {
  const left = await referencesTo(data, kids);
  if (left === 0) return;
  throw new RotationError('StillInUse', { subject: data.subject, detail: `${left} are under ${kids.join(', ')}` });
}
