import { describe, expect, it } from 'vitest';
import { currentSince } from '../../lib/core/current-since.ts';
import type { RotationRecord } from '../../lib/core/rotation.ts';
import { aRotation } from '../support/ledger-records.ts';

const OLD = '2026-01-01T00:00:00.000Z';
const current = { version: 'b'.repeat(32), since: '2026-03-01T00:00:00.000Z' };

describe('the age of what is in use', () => {
  const since = (last?: Partial<RotationRecord>) => {
    const records = last === undefined ? [] : [aRotation({ previous: current.version, previousSince: OLD, ...last })];
    return currentSince({ ledger: { rotations: async () => records } }, 'a/b/c', current);
  };

  it.each(['ROLLED_BACK', 'QUARANTINED', 'RUNNING'] as const)(
    'is that from before a run that is %s',
    async (status) => {
      expect(await since({ status })).toBe(OLD);
    },
  );

  it.each([
    ['no run has touched it', undefined],
    ['the last run has made it', { status: 'COMMITTED' }],
    ['the last run started from another', { status: 'ROLLED_BACK', previous: 'c'.repeat(32) }],
    ['the last run did not write down how old it was', { status: 'ROLLED_BACK', previousSince: undefined }],
  ] as const)('is its own where %s', async (_what, last) => {
    expect(await since(last)).toBe(current.since);
  });
});
