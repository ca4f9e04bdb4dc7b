import { describe, expect, it } from 'vitest';
import type { FleetLimits, MemberState, Ship } from '../../lib/core/fleet.ts';
import { canaryOf, inOrder } from '../../lib/core/fleet-order.ts';
import { scheduleOf } from '../../lib/core/fleet-schedule.ts';
import { targetsOf } from '../../lib/core/targets.ts';

const LIMITS: FleetLimits = { total: 10, perTarget: 10, perBackend: 10, failures: 3, jitter: 0 };

const ship = (secretId: string, more: Partial<Ship> = {}): Ship => ({
  secretId,
  ticket: `ticket-${secretId}`,
  rotationId: `r-${secretId}`,
  execution: `toy-${secretId}`,
  state: 'open',
  type: 'toy',
  classification: 'LOW',
  backend: 'local',
  targets: [],
  claims: [`secret:${secretId}`],
  refersTo: [],
  workloads: [],
  ...more,
});

const names = (ships: readonly Ship[]) => ships.map(({ secretId }) => secretId);
const schedule = (ships: readonly Ship[], canary?: string, limits: Partial<FleetLimits> = {}) =>
  scheduleOf(ships, canary, { ...LIMITS, ...limits });

describe('the order', () => {
  it('has the least critical secret first, that nothing depends on', () => {
    const ships = [
      ship('admin', { classification: 'LOW' }),
      ship('orders', { classification: 'LOW', refersTo: ['admin'] }),
      ship('crown', { classification: 'CRITICAL' }),
      ship('cookie', { classification: 'MEDIUM' }),
    ];
    expect(canaryOf(ships, undefined)).toBe('cookie');
    expect(canaryOf(ships, 'crown')).toBe('crown');
    expect(canaryOf(ships.slice(0, 1), undefined)).toBeUndefined();
  });

  it('has a secret after those that it refers to, and those of one workload side by side', () => {
    const ships = [
      ship('orders', { refersTo: ['admin'], workloads: ['shop'] }),
      ship('lone'),
      ship('cookies', { workloads: ['shop'] }),
      ship('admin', { refersTo: ['root'] }),
      ship('root'),
    ];
    expect(names(inOrder(ships, 'lone'))).toEqual(['lone', 'root', 'admin', 'orders', 'cookies']);
  });
});

describe('what begins', () => {
  it('is the canary alone until it is committed', () => {
    for (const state of ['open', 'running', 'parked'] as const) {
      const { start, held } = schedule([ship('canary', { state }), ship('b'), ship('c')], 'canary');
      expect(names(start), state).toEqual(state === 'open' ? ['canary'] : []);
      expect(names(held), state).toEqual(['b', 'c']);
    }
    expect(names(schedule([ship('canary', { state: 'COMMITTED' }), ship('b'), ship('c')], 'canary').start)).toEqual([
      'b',
      'c',
    ]);
  });

  it.each(['ROLLED_BACK', 'REFUSED', 'QUARANTINED'] as const)('is nothing after a canary that ended %s', (state) => {
    const { start, held, skipped, stopped } = schedule([ship('canary', { state }), ship('b')], 'canary');
    expect([start, held]).toEqual([[], []]);
    expect(stopped).toBe(`the canary canary ended ${state}`);
    expect([...skipped.keys()]).toEqual(['b']);
  });

  it('is nothing after so many failures', () => {
    const ended: MemberState[] = ['ROLLED_BACK', 'QUARANTINED', 'REFUSED', 'COMMITTED', 'overtaken'];
    const ships = [...ended.map((state) => ship(state, { state })), ship('next')];
    expect(names(schedule(ships, undefined, { failures: 4 }).start)).toEqual(['next']);
    expect(schedule(ships, undefined, { failures: 3 })).toMatchObject({ start: [], stopped: '3 of this fleet failed' });
  });

  it('is bounded in all, per target and per backend; who waits for a person takes no place', () => {
    const at = (id: string, target: string, backend = 'local', state: MemberState = 'open') =>
      ship(id, { targets: [target], backend, state });
    const ships = [
      at('a', 'db', 'local', 'running'),
      at('b', 'db'),
      at('c', 'api', 'vault'),
      at('d', 'api', 'vault'),
      at('e', 'mq', 'local', 'parked'),
      at('f', 'mq'),
    ];
    expect(names(schedule(ships, undefined, { total: 2 }).start)).toEqual(['b']);
    expect(names(schedule(ships, undefined, { perTarget: 1 }).start)).toEqual(['c', 'f']);
    expect(names(schedule(ships, undefined, { perBackend: 1 }).start)).toEqual(['c']);
    expect(names(schedule(ships).start)).toEqual(['b', 'c', 'd', 'f']);
  });

  it.each(['running', 'parked'] as const)('never meets one that is %s: a reference, an identity, a path', (state) => {
    const ships = [
      ship('admin', { state }),
      ship('orders', { refersTo: ['admin'], claims: ['path:p'] }),
      ship('sibling', { claims: ['path:p'] }),
      ship('other', { claims: ['path:p'] }),
    ];
    expect(names(schedule(ships).start)).toEqual(['sibling']);
  });

  it('comes after what it refers to, whatever the order', () => {
    expect(names(schedule([ship('orders', { refersTo: ['admin'] }), ship('admin')]).start)).toEqual(['admin']);
    const done = [ship('orders', { refersTo: ['admin'] }), ship('admin', { state: 'ROLLED_BACK' })];
    expect(names(schedule(done).start)).toEqual(['orders']);
  });

  it('is not what would meet one in quarantine; what only refers to that one goes on', () => {
    const ships = [
      ship('admin', { state: 'QUARANTINED' }),
      ship('orders', { refersTo: ['admin'] }),
      ship('report', { refersTo: ['orders'] }),
    ];
    const { start, held, skipped } = schedule(ships);
    expect([names(start), names(held)]).toEqual([['report'], []]);
    expect([...skipped]).toEqual([['orders', 'admin is in quarantine']]);
  });
});

it('finds the servers that a target names', () => {
  const target = {
    host: 'db',
    port: 5432,
    nodes: [{ host: 'r1', port: 6379 }],
    issuer: { url: 'https://api.test/keys' },
    note: 'no: url',
  };
  expect(targetsOf(target)).toEqual(['db:5432', 'r1:6379', 'api.test']);
  expect(targetsOf(undefined)).toEqual([]);
});
