import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { secretTypeContract } from '../contract/secret-type-contract.ts';
import { missing } from '../support/peers.ts';
import { type RedisServer, realServers, startCluster, startPair, startRedis } from '../support/redis-server.ts';
import { type RedisMode, redisTypeWorld, redisWorld } from '../support/redis-world.ts';

interface Setting {
  readonly label: string;
  start(directory: string): Promise<RedisServer[]>;
  /** Keys of the target beside the listed nodes, which are all of them where this is absent. */
  readonly discover?: 'replicas' | 'cluster';
}

const SETTINGS: readonly Setting[] = [
  { label: 'a single server with its users in redis.conf', start: async (directory) => [await startRedis(directory)] },
  {
    label: 'a primary and a replica that is discovered, with ACL files',
    start: (directory) => startPair(directory, { aclFile: true }),
    discover: 'replicas',
  },
  {
    label: 'a cluster of three that is discovered from one, users in redis.conf',
    start: (directory) => startCluster(directory, {}),
    discover: 'cluster',
  },
];
const MODES: readonly RedisMode[] = ['dual', 'passwords'];

const why = missing('redis');

describe.skipIf(why !== undefined)(`redis ${why ?? ''}`, () => {
  describe.each(SETTINGS)('on $label', ({ start, discover }) => {
    const directory = mkdtempSync(join(tmpdir(), 'keyturn-redis-'));
    let servers: RedisServer[] = [];
    beforeAll(async () => {
      servers = await start(directory);
    });
    afterAll(async () => {
      for (const server of servers) await server.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    describe.each(MODES)('with %s', (mode) => {
      secretTypeContract({
        type: 'redis',
        label: mode,
        overlap: 'dual',
        policy: { field: 'password', pattern: /^[A-Za-z0-9]{43}$/, alphabet: 62 },
        start: async (value) => {
          const listed = discover && { discover, nodes: servers.slice(0, 1).map(({ address }) => address) };
          return redisTypeWorld(await redisWorld(realServers(servers, listed), mode, value));
        },
      });
    });
  });
});
