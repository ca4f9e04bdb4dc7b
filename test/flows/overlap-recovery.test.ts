import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Admitted } from '../../lib/local/requests.ts';
import { drive, PEOPLE, type People, rotate, startExecution } from '../faults/harness/run.ts';
import { BILLING, ORDERS } from '../faults/harness/scene.ts';
import { callsOf, versionsInUse } from '../faults/harness/sights.ts';
import { Site } from '../faults/harness/site.ts';

describe('the entry of the overlap flow', () => {
  let site: Site;
  beforeEach(() => {
    site = new Site();
  });
  afterEach(() => site.close());

  const errors = () => site.process.engine.list().map(({ error }) => error);
  const path = 'database/orders';

  describe('refuses', () => {
    it('an execution without a ticket of the intake', async () => {
      site.process.engine.start({ machine: site.machine, name: 'by-hand', input: { ticket: 'made up by hand' } });
      await drive(site);
      expect(errors()).toEqual(['TicketUnknown']);
    });

    it('a secret, or a target, that another rotation holds', async () => {
      await rotate(site, ORDERS);
      await site.world.clock.settle();
      await rotate(site, ORDERS);
      await rotate(site, BILLING);
      await drive(site);
      expect(errors()).toEqual([undefined, 'LockHeld', 'LockHeld']);
      expect([...site.book.records.values()].map(({ status }) => status)).toEqual(['COMMITTED']);
    });

    it('a rotation that has ended', async () => {
      const { request } = await rotate(site, ORDERS);
      await drive(site);
      site.process.engine.start({ machine: site.machine, name: 'again', input: { ticket: request.ticket } });
      await drive(site);
      expect(errors()).toEqual([undefined, 'Conflict']);
    });

    it('a secret without a value, and leaves no lock behind', async () => {
      site.world.store.put(path, { pending: [] });
      await rotate(site, ORDERS);
      await drive(site);
      expect(errors()).toEqual(['SecretNotFound']);
      expect(site.book.locks.size).toBe(0);
    });

    it('a store in which something of another origin is pending', async () => {
      const foreign = { version: 'f'.repeat(32), since: '2026-01-01T00:00:00.000Z', fields: {} };
      site.world.store.put(path, { ...site.world.store.shelf(path), pending: [foreign] });
      await rotate(site, ORDERS);
      await drive(site);
      expect(errors()).toEqual(['PendingForeign']);
    });
  });

  describe('takes up a rotation whose execution was stopped', () => {
    /** Stops it when this state calls, and has the local host start the next one. */
    const stopAt = async (state: RegExp, people: Partial<People> = {}) => {
      const run: Admitted = await rotate(site, ORDERS);
      site.world.meddler = {
        beforeCall: (call) => {
          if (!state.test(call.key) || !call.key.startsWith(run.execution)) return undefined;
          void site.process.engine.stop(run.execution);
          return call.hang();
        },
      };
      await drive(site, { ...PEOPLE, ...people });
      const [first, second] = site.process.engine.list();
      expect([first?.status, second?.status]).not.toContain('RUNNING');
      const later = site.calls
        .filter(({ key }) => second && key.startsWith(second.name))
        .map(({ key }) => key.split('/').at(-1));
      return { record: site.book.records.get(run.rotationId), later, versions: versionsInUse(site) };
    };

    it('at its start, with the value that it had made', async () => {
      const { record, later, versions } = await stopAt(/Waves#1/);
      expect(record).toMatchObject({ status: 'COMMITTED', attempt: 2 });
      expect(later.slice(0, 3)).toEqual(['Begin#1', 'NotifyStarted#1', 'Generate#1']);
      expect(site.world.store.staged).toHaveLength(1);
      expect(versions).toEqual([record?.version, record?.version]);
    });

    it('at the pivot', async () => {
      const { record, later } = await stopAt(/VerifyRefused#1/);
      expect(record).toMatchObject({ status: 'COMMITTED', attempt: 2 });
      expect(later.slice(0, 2)).toEqual(['Begin#1', 'Retire#1']);
    });

    it('on the way back', async () => {
      site.world.consumer('worker').ailment = 'ignores the reload';
      const { record, later, versions } = await stopAt(/PutBack#1/, { quarantine: () => 'back' });
      expect(record).toMatchObject({ status: 'ROLLED_BACK', attempt: 2 });
      expect(later.slice(0, 2)).toEqual(['Begin#1', 'Assess#1']);
      expect(versions).toEqual([record?.previous, record?.previous]);
    });
  });

  it('leaves an execution behind that was taken over: it changes nothing any more, and pages nobody', async () => {
    const first = await rotate(site, ORDERS);
    let second: Admitted | undefined;
    site.world.meddler = {
      beforeCall: ({ key }) => {
        if (second !== undefined || !/Propagate/.test(key)) return;
        second = { ...first, execution: `${first.execution}-later` };
        startExecution(site, second);
      },
    };
    await drive(site);
    const ends = site.process.engine.list().map(({ status, error }) => `${status} ${error}`);
    expect(ends).toEqual(['FAILED FenceStale', 'SUCCEEDED undefined']);
    expect(site.world.notices.map(({ occasion }) => occasion)).not.toContain('quarantined');
    expect(callsOf(site)).not.toContain('AskPerson');
  });
});
