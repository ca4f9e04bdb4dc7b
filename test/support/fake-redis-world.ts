import { onTestFinished } from 'vitest';
import type { SecretTypeClient, Switch } from '../../lib/core/ports.ts';
import { type FakeRedis, startFakeRedis, type Trouble } from './fake-redis.ts';
import { fakeServers, type RedisMode, type RedisWorld, redisWorld } from './redis-world.ts';

/** A world on two fakes, ended with the test, and the change that is next. */
export interface FakeRedisWorld extends RedisWorld {
  readonly nodes: readonly [FakeRedis, FakeRedis];
  readonly client: SecretTypeClient;
  readonly change: Switch;
  /** Commands that a node got and that change something, saves aside. */
  changes(node: FakeRedis): readonly string[];
}

export async function fakeRedisWorld(mode: RedisMode = 'dual', target: object = {}): Promise<FakeRedisWorld> {
  const nodes = [await startFakeRedis(), await startFakeRedis()] as const;
  const world = await redisWorld({ ...fakeServers(nodes), target }, mode);
  onTestFinished(async () => {
    for (const node of nodes) node.trouble = undefined;
    await world.close();
    for (const node of nodes) await node.close();
  });
  const change = await world.successor();
  for (const node of nodes) node.commands.length = 0;
  return {
    ...world,
    nodes,
    change,
    client: await world.open(),
    changes: ({ commands }) => commands.filter((command) => /^ACL SETUSER|^CLIENT KILL/.test(command)),
  };
}

/** Befalls the commands that begin so, as often as told. */
export function befalls(begin: RegExp, trouble: Trouble, times = Infinity): NonNullable<FakeRedis['trouble']> {
  let left = times;
  return (command) => {
    if (left === 0 || !begin.test(command.join(' '))) return undefined;
    left -= 1;
    return trouble;
  };
}
