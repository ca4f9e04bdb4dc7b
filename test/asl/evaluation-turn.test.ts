import { expect, it } from 'vitest';
import { inTurn } from '../../lib/asl/evaluation-turn.ts';

const TOO_LONG = new Error('too long');
const isTooLong = (error: unknown) => error === TOO_LONG;

/** Time that passes without work of this process, as on a machine that is busy with others. */
const stalled = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

it('evaluates again when the machine took the time and not the expression', async () => {
  let attempts = 0;
  const answer = await inTurn(100, isTooLong, async () => {
    attempts += 1;
    if (attempts > 2) return 'done';
    stalled(150);
    throw TOO_LONG;
  });
  expect([answer, attempts]).toEqual(['done', 3]);
});

it('stops what works for as long as that', async () => {
  const runaway = inTurn(100, isTooLong, async () => {
    for (const end = Date.now() + 150; Date.now() < end; );
    throw TOO_LONG;
  });
  await expect(runaway).rejects.toBe(TOO_LONG);
});

it('lets any other error out at once, and the next one in after it', async () => {
  let attempts = 0;
  const failing = inTurn(1_000, isTooLong, async () => {
    attempts += 1;
    throw new Error('no number');
  });
  const next = inTurn(1_000, isTooLong, async () => attempts);
  await expect(failing).rejects.toThrow('no number');
  expect(await next).toBe(1);
});

it('has one evaluation going at a time', async () => {
  const seen: string[] = [];
  const evaluation = (name: string) => async () => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
  };
  await Promise.all(['a', 'b'].map((name) => inTurn(1_000, isTooLong, evaluation(name))));
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});
