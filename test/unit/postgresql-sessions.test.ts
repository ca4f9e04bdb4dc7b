import { describe, expect, it } from 'vitest';
import type { Session } from '../../lib/core/ports.ts';
import { postgresqlSessions } from '../../lib/plugins/verifiers/postgresql-sessions.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { login } from '../support/postgres-world.ts';
import { stubTarget } from '../support/stub-target.ts';

const SWITCHED = 1000;
const session = (principal: string, startedAt = SWITCHED, application = 'orders-api'): Session => ({
  principal,
  application,
  startedAt,
});

interface Case {
  readonly sessions: readonly Session[];
  readonly minimum?: number;
  /** The roles of the expected version and the other. */
  readonly roles?: readonly [string, string];
  readonly installedAt?: number;
}

async function verdictOf({
  sessions,
  minimum = 1,
  roles = ['orders_b', 'orders_a'],
  installedAt,
}: Case): Promise<string> {
  const config = { use: 'postgresql-sessions', applicationName: 'orders-api', minimum };
  const verifier = await postgresqlSessions.create(config, pluginDeps());
  const { verdict } = await verifier.check({
    secretId: 'production/database/orders',
    consumer: 'orders-api',
    expected: login('2', roles[0], 'new'),
    other: login('1', roles[1], 'old'),
    target: stubTarget({ sessions: async () => sessions }),
    ...(installedAt !== undefined && { installedAt }),
  });
  return verdict;
}

const single = { roles: ['orders', 'orders'], installedAt: SWITCHED } as const;

describe('postgresql-sessions', () => {
  it.each<[string, Case, string]>([
    ['all on the expected login', { sessions: [session('orders_b'), session('orders_b')] }, 'verified'],
    ['one left on the other login', { sessions: [session('orders_b'), session('orders_a')] }, 'rejected'],
    ['fewer than the minimum', { sessions: [session('orders_b')], minimum: 2 }, 'inconclusive'],
    ['as many as the minimum', { sessions: [session('orders_b'), session('orders_b')], minimum: 2 }, 'verified'],
    ['none at all', { sessions: [] }, 'inconclusive'],
    ['only those of another application', { sessions: [session('orders_b', 1, 'psql')] }, 'inconclusive'],
    [
      'another application on the other login',
      { sessions: [session('orders_b'), session('orders_a', 1, 'psql')] },
      'verified',
    ],
    ['a single login, all after the switch', { sessions: [session('orders', SWITCHED)], ...single }, 'verified'],
    [
      'a single login, one before the switch',
      { sessions: [session('orders'), session('orders', 999)], ...single },
      'rejected',
    ],
    [
      'a single login without a known switch',
      { sessions: [session('orders')], roles: ['orders', 'orders'] },
      'inconclusive',
    ],
  ])('%s', async (_label, found, verdict) => {
    expect(await verdictOf(found)).toBe(verdict);
  });
});
