import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { secretTypes } from '../../lib/plugins/secret-types/index.ts';
import { startFakeRedis } from '../support/fake-redis.ts';
import { type TestServer, testServer } from '../support/postgres.ts';
import { postgresWorld } from '../support/postgres-world.ts';
import { fakeServers, type RedisMode, redisTypeWorld, redisWorld } from '../support/redis-world.ts';
import { secretTypeContract, type TypeHarness } from './secret-type-contract.ts';

/** Longer than a question to a server on this machine takes. */
const CLEARLY_MS = 100;

const PASSWORD = { field: 'password', pattern: /^[A-Za-z0-9]{43}$/, alphabet: 62 };

let postgres: TestServer;
beforeAll(async () => {
  postgres = await testServer();
});
afterAll(() => postgres.stop());

const postgresHarness = (overlap: 'dual' | 'single'): TypeHarness => ({
  type: 'postgresql',
  label: `postgresql, ${overlap}`,
  overlap,
  policy: PASSWORD,
  start: async (value) => {
    const world = await postgresWorld(postgres, overlap, value);
    return {
      ...world,
      unreachable: { ...world.config, port: 1 },
      foreignAdmin: Secret.of({ ...world.admin.reveal(), password: 'not it' }),
      clock: Date,
      later: async () => {
        const now = Date.now();
        await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(now + CLEARLY_MS), { interval: 5 });
      },
      close: () => world.box.drop(),
    };
  },
});

const redisHarness = (mode: RedisMode): TypeHarness => ({
  type: 'redis',
  label: `redis, ${mode}, on a fake`,
  overlap: 'dual',
  policy: PASSWORD,
  start: async (value) => {
    const nodes = [await startFakeRedis(), await startFakeRedis()];
    const world = await redisWorld(fakeServers(nodes), mode, value);
    return {
      ...redisTypeWorld(world),
      close: async () => {
        await world.close();
        for (const node of nodes) await node.close();
      },
    };
  },
});

const HARNESSES = [postgresHarness('dual'), postgresHarness('single'), redisHarness('dual'), redisHarness('passwords')];

/**
 * Types that are no login have their own suites: those of an issuer in issued-types.test.ts, key rings in
 * signing-keys.test.ts, the others in a file of their name.
 */
const ELSEWHERE = ['certificate', 'generic', 'jwt-signing-key', 'encryption-key'];

it('every secret type has a harness here', () => {
  const harnessed = [...HARNESSES.map(({ type }) => type), ...ELSEWHERE];
  const missing = secretTypes.filter(({ name, issuedBy }) => issuedBy !== 'issuers' && !harnessed.includes(name));
  expect(missing.map(({ name }) => name)).toEqual([]);
});

describe.each(HARNESSES.map((harness) => [harness.label, harness] as const))('secret type %s', (_label, harness) =>
  secretTypeContract(harness),
);
