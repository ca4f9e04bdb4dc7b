import { describe, expect, it } from 'vitest';
import { endOf, startChild } from '../support/child.ts';

describe('after 1,000 executions that fail, time out, miss heartbeats, overrun, or are stopped', () => {
  it('nothing is left: the process ends by itself', async () => {
    const { lines, errors, code } = await endOf(startChild('state-machine-ends', []));
    expect([errors, code]).toEqual(['', 0]);
    const ends = { FAILED: 600, TIMED_OUT: 200, ABORTED: 200 };
    expect(JSON.parse(lines[0] ?? '')).toEqual({ ends, held: [] });
  });
});
