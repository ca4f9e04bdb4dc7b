import { ERRORS, isErrorName } from '../core/errors.ts';
import type { Repair } from './repair-run.ts';

/** How often a call is tried that may come round: a roll-out for ten minutes, a proof for one. */
const TRIES = { propagate: 5, start: 5, watch: 600, verify: 60 } as const;
const PAUSE_MS = 1000;

/** Restarts one consumer, waits until it is back, and has it proven. */
export async function mendConsumer(repair: Repair, name: string): Promise<void> {
  await trying(repair, TRIES.start, () => repair.step('restart', name, { action: 'start' }));
  await trying(repair, TRIES.watch, () => repair.step('restart', name, { action: 'watch' }));
  await trying(repair, TRIES.verify, () => repair.step('verify', name, { check: 'consumer' }));
}

/** A consumer that has not come round yet rejects; so it is asked again, as in a flow. */
const mayPass = (name: string): boolean => name === 'ConsumerRejected' || (isErrorName(name) && ERRORS[name].retryable);

async function trying(repair: Repair, tries: number, call: () => Promise<unknown>): Promise<unknown> {
  for (let left = tries; ; left -= 1) {
    try {
      return await call();
    } catch (error) {
      if (left <= 1 || !(error instanceof Error) || !mayPass(error.name)) throw error;
      await repair.clock.sleep(PAUSE_MS);
    }
  }
}
