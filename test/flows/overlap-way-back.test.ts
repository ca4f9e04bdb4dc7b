import { afterEach, describe, expect, it } from 'vitest';
import { RotationError } from '../../lib/core/errors.ts';
import type { RotationRecord } from '../../lib/core/rotation.ts';
import { drive, PEOPLE, type People, rotate } from '../faults/harness/run.ts';
import { ORDERS } from '../faults/harness/scene.ts';
import { callsOf, versionsInUse } from '../faults/harness/sights.ts';
import { Site } from '../faults/harness/site.ts';
import type { Call } from '../faults/harness/world.ts';

/** Fails every call of these states by this error. */
const failing = (name: string, states: RegExp) => ({
  beforeCall: ({ key }: Call) => {
    if (states.test(key)) throw Object.assign(new Error('as the test has it'), { name });
  },
});

describe('the way back of the overlap flow', () => {
  let site: Site;
  afterEach(() => site.close());

  const end = async (
    prepare: (site: Site) => void,
    people: Partial<People> = {},
  ): Promise<RotationRecord | undefined> => {
    site = new Site();
    prepare(site);
    const { rotationId } = await rotate(site, ORDERS);
    await drive(site, { ...PEOPLE, ...people });
    return site.book.records.get(rotationId);
  };
  /** Different records of the audit chain with this step, of those that tell of an outcome. */
  const recorded = (step: string) =>
    new Set(
      site.book.audits
        .filter((record) => `${record.step}:`.startsWith(step) && record.outcome !== 'intended')
        .map(({ seq }) => seq),
    ).size;
  const count = (state: string) => callsOf(site).filter((it) => it === state).length;

  it('is taken at once when a consumer rejects the new version: every consumer gets the old one again', async () => {
    const record = await end(({ world }) => {
      world.consumer('worker').ailment = 'ignores the reload';
    });
    expect(record).toMatchObject({ status: 'ROLLED_BACK', direction: 'back', failure: { error: 'ConsumerRejected' } });
    expect(versionsInUse(site)).toEqual([record?.previous, record?.previous]);
    expect(site.world.target.accepted()).toHaveLength(2);
    expect([count('Store'), count('PutBack'), count('Retire')]).toEqual([1, 2, 0]);
  });

  it('is not taken when the failure passes: forward, once', async () => {
    const record = await end(({ world }) => {
      world.meddler = failing('Throttled', /\/Propagate#1\[1\]/);
    });
    expect(record).toMatchObject({ status: 'COMMITTED' });
    expect([count('Assess'), count('Store')]).toEqual([1, 2]);
    expect([recorded('store:'), recorded('assess:round-0')]).toEqual([2, 1]);
  });

  it('is taken when it fails once more', async () => {
    const record = await end(({ world }) => {
      world.meddler = failing('Throttled', /\/Propagate#\d\[1\]/);
    });
    expect(record).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'Throttled' } });
    expect(count('Assess')).toBe(2);
  });

  it('leaves consumers and store alone before any of them could have the new version', async () => {
    const record = await end(({ world }) => {
      world.meddler = failing('AccessDenied', /\/VerifyTarget#/);
    });
    expect(record).toMatchObject({ status: 'ROLLED_BACK', phase: 'closed' });
    expect([count('Uninstall'), count('Restore'), count('PutBack')]).toEqual([1, 0, 0]);
  });

  it('removes the new version where only some nodes of the target took it', async () => {
    const record = await end(({ world }) => {
      world.meddler = {
        after: ({ action }) => {
          if (action === 'install') throw new RotationError('AccessDenied', { subject: 'the second node' });
        },
        before: ({ action, call }) => {
          if (action === 'probe' && /\/Uninstall#/.test(call?.key ?? ''))
            throw new RotationError('OutcomeUnknown', { subject: 'two nodes' });
        },
      };
    });
    expect(record).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'AccessDenied' } });
    expect(site.world.effects.filter(({ action }) => action === 'uninstall')).toHaveLength(1);
    expect(site.world.target.accepted()).toHaveLength(2);
  });

  describe('a compensation that fails', () => {
    const broken = ({ world }: Site) => {
      world.meddler = failing('AccessDenied', /\/(VerifyTarget|Uninstall)#1/);
    };

    it('parks the run with its locks, pages a person, and goes forward when told to', async () => {
      let seen: unknown;
      const record = await end(broken, {
        quarantine: ({ book, world }) => {
          seen = [[...book.records.values()][0]?.status, book.locks.size, world.notices.at(-1)?.occasion];
          return 'forward';
        },
      });
      expect(seen).toEqual(['QUARANTINED', 3, 'quarantined']);
      expect(record).toMatchObject({ status: 'COMMITTED', direction: 'forward' });
      expect(site.world.store.staged).toHaveLength(1);
      expect(recorded('install:')).toBe(2);
    });

    it('goes back when told to', async () => {
      expect(await end(broken, { quarantine: () => 'back' })).toMatchObject({ status: 'ROLLED_BACK' });
      expect(site.book.locks.size).toBe(0);
    });
  });

  it('cannot be turned once the new value is discarded: none is made under its id again', async () => {
    const record = await end(
      ({ world }) => {
        world.meddler = failing('AccessDenied', /\/(VerifyTarget|FinishRolledBack)#1/);
      },
      { quarantine: () => 'forward' },
    );
    expect(record).toMatchObject({ status: 'ROLLED_BACK', failure: { error: 'Conflict' } });
    expect(site.world.store.staged).toHaveLength(1);
  });

  it('is not possible after the pivot: the run only goes forward', async () => {
    const record = await end(
      ({ world }) => {
        world.meddler = failing('AccessDenied', /\/VerifyRefused#1/);
      },
      { quarantine: () => 'back' },
    );
    expect(record).toMatchObject({ status: 'COMMITTED', direction: 'forward' });
    expect(count('Retire')).toBe(2);
  });
});
