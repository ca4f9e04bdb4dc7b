import { RotationError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';

/** Milliseconds. AWS shows a write to every reader within half a minute. */
const PATIENCE = 30_000;
const PAUSE = 500;

/**
 * Looks until it is there.
 *
 * @throws Unavailable when it is not after half a minute
 */
export async function untilSeen<T>(clock: Clock, subject: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = clock.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (clock.now() >= deadline) {
      throw new RotationError('Unavailable', { subject, detail: `not to be seen after ${PATIENCE / 1000} s` });
    }
    await clock.sleep(PAUSE);
  }
}
