import { cpuUsage } from 'node:process';

let last: Promise<unknown> = Promise.resolve();

/**
 * One evaluation after another: jsonata's time guard reads the clock on the wall, which the others would use up. Where
 * the machine and not the expression took the time (this process did not work for so long), it is evaluated again: an
 * expression changes nothing.
 *
 * @param budget milliseconds of work that stop an expression
 * @param tookTooLong whether an error is of the time guard
 */
export function inTurn<T>(
  budget: number,
  tookTooLong: (error: unknown) => boolean,
  evaluate: () => Promise<T>,
): Promise<T> {
  const mine = last.then(() => untilDecided(budget, tookTooLong, evaluate));
  last = mine.then(nothing, nothing);
  return mine;
}

const nothing = (): void => undefined;

async function untilDecided<T>(
  budget: number,
  tookTooLong: (error: unknown) => boolean,
  evaluate: () => Promise<T>,
): Promise<T> {
  const start = cpuUsage();
  for (;;) {
    try {
      return await evaluate();
    } catch (error) {
      const { user, system } = cpuUsage(start);
      if (!tookTooLong(error) || (user + system) / 1000 >= budget) throw error;
    }
  }
}
