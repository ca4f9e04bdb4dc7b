import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { redis } from '../../lib/plugins/secret-types/redis.ts';
import { redisClients } from '../../lib/plugins/verifiers/redis-clients.ts';
import { type FakeRedis, startFakeRedis } from '../support/fake-redis.ts';
import { sha256 } from '../support/fake-redis-users.ts';
import { befalls, type FakeRedisWorld, fakeRedisWorld } from '../support/fake-redis-world.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const told = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => inspect(value),
    (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
  );

describe('several nodes', () => {
  it('a node that is down stops every change before it begins, and is named', async () => {
    const world = await fakeRedisWorld();
    const [up, down] = world.nodes;
    await world.client.install(world.change);
    up.commands.length = 0;
    down.trouble = befalls(/^AUTH/, 'lost-before');
    for (const method of ['install', 'uninstall', 'retire'] as const) {
      expect(await told(world.client[method](world.change))).toMatch(new RegExp(`^Unavailable: .*${down.address}`));
    }
    expect(world.changes(up)).toEqual([]);
  });

  it('that differ on a login are told, each by its address', async () => {
    const world = await fakeRedisWorld();
    const [yes, no] = world.nodes;
    no.trouble = befalls(/^ACL SETUSER/, { error: 'NOPERM no' });
    expect(await told(world.client.install(world.change))).toMatch(/^AccessDenied/);
    expect(await told(world.client.probe(world.change.next))).toMatch(
      new RegExp(`^OutcomeUnknown: .*accepted at ${yes.address}, refused at ${no.address}`),
    );
    no.trouble = undefined;
    expect(await world.client.uninstall(world.change)).toBe('applied');
    expect(await world.client.probe(world.change.next)).toBe('refused');
  });

  it('one that has another user of that name stops it before the admin credential is shown to it', async () => {
    const world = await fakeRedisWorld();
    world.nodes[1].users.delete(world.user('legacy'));
    expect(await told(world.client.install(world.change))).toMatch(
      new RegExp(`^CurrentRefused: .*${world.nodes[1].address}`),
    );
    expect(world.nodes[1].commands.filter((command) => !command.startsWith('QUIT'))).toEqual([]);
    expect(world.changes(world.nodes[0])).toEqual([]);
  });

  it('has each node looked at once, whoever names it', async () => {
    const world = await fakeRedisWorld('dual', { discover: 'replicas' });
    const [primary, replica] = world.nodes;
    introduce(primary, replica);
    await world.client.install(world.change);
    for (const node of world.nodes) expect(world.changes(node)).toHaveLength(1);
  });
});

/** Each names the other in its answer. */
function introduce(primary: FakeRedis, replica: FakeRedis): void {
  const [, port] = primary.address.split(':');
  const [, replicaPort] = replica.address.split(':');
  primary.replication = `role:master\r\nslave0:ip=127.0.0.1,port=${replicaPort},state=online,offset=1,lag=0\r\n`;
  replica.replication = `role:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:${port}\r\n`;
}

describe('nodes that are discovered', () => {
  it.each([
    ['from the primary', 0],
    ['from the replica', 1],
  ])('are found %s, and the listed one alone is not all', async (_label, listed) => {
    const world = await fakeRedisWorld();
    introduce(...world.nodes);
    const nodes = world.nodes.slice(listed, listed + 1).map(({ address }) => address);
    const client = await world.open({ ...world.config, nodes, discover: 'replicas' });
    expect(await client.install(world.change)).toBe('applied');
    expect(await world.client.probe(world.change.next)).toBe('accepted');
    const forgotten = world.nodes[1 - listed];
    forgotten?.users.delete(world.change.next.value.field('username') ?? '');
    expect(await told(client.probe(world.change.next))).toMatch(/^OutcomeUnknown/);
  });

  it('get the admin credential only after the current one has logged in', async () => {
    const world = await fakeRedisWorld();
    const stranger = await startFakeRedis();
    onTestFinished(stranger.close);
    introduce(world.nodes[0], stranger);
    const client = await world.open({ ...world.config, nodes: [world.nodes[0].address], discover: 'replicas' });
    expect(await told(client.install(world.change))).toMatch(new RegExp(`^CurrentRefused: .*${stranger.address}`));
    expect(stranger.commands).toEqual([]);
  });
});

describe('one user with two passwords', () => {
  const sessionsAcross = async (world: FakeRedisWorld) => {
    const before = await world.use(world.current);
    await world.later();
    await world.client.install(world.change);
    const change = { ...world.change, installedAt: world.clock.now() };
    await world.later();
    return { change, before, after: await world.use(world.current) };
  };

  it('is quiet when no connection is older than the switch, whichever password it used', async () => {
    const world = await fakeRedisWorld('passwords');
    const { change, before, after } = await sessionsAcross(world);
    expect(await world.client.quiet(change)).toEqual({ quiet: false, why: expect.stringMatching(/^1 session of/) });
    expect(await world.client.retire(change)).toBe('applied');
    expect([await before.alive(), await after.alive()]).toEqual([false, true]);
    expect(await world.client.quiet(change)).toMatchObject({ quiet: true });
  });

  it('keeps a password that is none of ours', async () => {
    const world = await fakeRedisWorld('passwords');
    const foreign = sha256('of somebody else');
    for (const { users } of world.nodes) users.get(world.user('legacy'))?.passwords.push(foreign);
    const { change } = await sessionsAcross(world);
    await world.client.retire(change);
    const next = sha256(change.next.value.field('password') ?? '');
    for (const { users } of world.nodes) expect(users.get(world.user('legacy'))?.passwords).toEqual([foreign, next]);
  });

  it('is proven by no connection: redis-clients cannot tell', async () => {
    const world = await fakeRedisWorld('passwords');
    await world.client.install(world.change);
    await world.use(world.change.next);
    const { next: expected, previous: other } = world.change;
    const verifier = await redisClients.create({ use: 'redis-clients', clientName: 'orders-api' }, pluginDeps());
    const request = { secretId: 'a/b', consumer: 'orders-api', expected, other, installedAt: 1, target: world.client };
    expect(await verifier.check(request)).toEqual({
      verdict: 'inconclusive',
      why: expect.stringContaining('no connection shows which password it used'),
    });
  });

  it('declares that no session shows its version', () => {
    const target = { nodes: ['a:1'], admin: { secret: 'a/b' } };
    expect(redis.overlap({ ...target, users: ['a'] })).toEqual({ kind: 'dual', indistinct: true });
    expect(redis.overlap({ ...target, users: ['a', 'b'] })).toEqual({ kind: 'dual' });
  });
});
