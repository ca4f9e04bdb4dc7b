import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isRotationError, type RotationError } from '../../lib/core/errors.ts';
import { redis } from '../../lib/plugins/secret-types/redis.ts';
import { startFakeRedis, type Trouble } from '../support/fake-redis.ts';
import { befalls, fakeRedisWorld } from '../support/fake-redis-world.ts';
import { assertNoLeak, CANARY } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { login } from '../support/postgres-world.ts';

const target = (address: string) => ({
  nodes: [address],
  sslMode: 'disable',
  admin: { secret: 'test/redis/admin' },
  users: ['orders_a', 'orders_b'],
  connectTimeoutSeconds: 0.3,
  commandTimeoutSeconds: 0.3,
});

const failureOf = async (work: Promise<unknown>): Promise<RotationError> => {
  const outcome = await work.catch((error: unknown) => error);
  if (!isRotationError(outcome)) throw new Error(`no RotationError: ${inspect(outcome)}`);
  return outcome;
};

async function probe(address: string, config: object = {}): Promise<string> {
  const client = await redis.create({ ...target(address), ...config }, pluginDeps());
  const outcome = await client.probe(login('1', 'orders_a', CANARY)).catch((error: unknown) => error);
  assertNoLeak(inspect(outcome, { depth: 9, showHidden: true }), CANARY);
  return isRotationError(outcome) ? `${outcome.name}: ${outcome.message}` : String(outcome);
}

/** Something that listens where a server should be. */
async function listening(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('loopback gave no port');
  return `127.0.0.1:${address.port}`;
}

describe('a login that fails', () => {
  it.each<[string, Trouble, RegExp]>([
    ['the password is wrong or the user is off', { error: `WRONGPASS ${CANARY}` }, /^refused$/],
    ['the server wants another login first', { error: 'NOAUTH Authentication required.' }, /^AccessDenied/],
    ['the server is loading', { error: 'LOADING Redis is loading' }, /^Unavailable.*still loading/],
    ['a script keeps it busy', { error: 'BUSY Redis is busy' }, /^Unavailable.*busy/],
    ['all connections are taken', { error: 'ERR max number of clients reached' }, /^Throttled.*no connection is free/],
    [
      'the server has no users yet',
      { error: "ERR wrong number of arguments for 'auth' command" },
      /^TargetNotPrepared/,
    ],
    ['the server says something unheard of', { error: `STRANGE ${CANARY}` }, /^InternalError.*code STRANGE/],
    ['the server does not answer', 'silent', /^Unavailable/],
    ['the connection ends before an answer', 'lost-before', /^Unavailable/],
  ])('%s', async (_label, trouble, outcome) => {
    const fake = await startFakeRedis();
    onTestFinished(fake.close);
    fake.trouble = befalls(/^AUTH/, trouble);
    expect(await probe(fake.address)).toMatch(outcome);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['at once', (socket) => socket.end('-DENIED Redis is running in protected mode because so\r\n')],
    [
      'once it was asked',
      (socket) => socket.once('data', () => socket.end('-DENIED Redis is running in protected mode\r\n')),
    ],
  ])('protected mode lets nobody in, and says so %s', async (_label, onConnection) => {
    expect(await probe(await listening(onConnection))).toMatch(/^AccessDenied.*protected mode/);
  });

  it('what answers is no Redis', async () => {
    const http = await listening((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect(await probe(http)).toMatch(/^Unavailable.*no Redis/);
  });

  it('what answers speaks no TLS', async () => {
    const fake = await startFakeRedis();
    onTestFinished(fake.close);
    expect(await probe(fake.address, { sslMode: 'require' })).toMatch(/^Unavailable/);
  });

  it('the CA file is not there', async () => {
    const config = { sslMode: 'verify-full', caFile: 'none.pem' };
    expect(await probe('127.0.0.1:1', config)).toMatch(/^StorageFailed.*none\.pem.*ENOENT/);
  });
});

describe('a reply that is lost', () => {
  it.each<[string, RegExp, Trouble, 'applied' | 'not-applied']>([
    ['before the effect', /^ACL SETUSER/, 'lost-before', 'applied'],
    ['after the effect', /^ACL SETUSER/, 'lost-after', 'applied'],
    ['because it never comes', /^ACL SETUSER/, 'silent', 'applied'],
  ])('leaves open whether install took effect, %s; the next one finds out', async (_label, begin, trouble, again) => {
    const { nodes, client, change } = await fakeRedisWorld('dual', { commandTimeoutSeconds: 0.3 });
    nodes[0].trouble = befalls(begin, trouble, 1);
    expect(await failureOf(client.install(change))).toMatchObject({ name: 'OutcomeUnknown' });
    expect(await client.install(change)).toBe(again);
    expect(await client.probe(change.next)).toBe('accepted');
  });

  it('of the last node is found to have had its effect, and is saved', async () => {
    const { nodes, client, change } = await fakeRedisWorld();
    nodes[1].trouble = befalls(/^ACL SETUSER/, 'lost-after', 1);
    await failureOf(client.install(change));
    nodes[1].saves.length = 0;
    expect(await client.install(change)).toBe('not-applied');
    expect(nodes[1].saves).toEqual(['ACL SAVE']);
  });

  it.each(['retire', 'uninstall'] as const)('of %s is no success, and the next one ends it', async (method) => {
    const { nodes, client, change, use } = await fakeRedisWorld();
    await client.install(change);
    const [ended, kept] = method === 'retire' ? [change.previous, change.next] : [change.next, change.previous];
    const [old, other] = [await use(ended), await use(kept)];
    nodes[0].trouble = befalls(/^ACL SETUSER/, 'lost-after', 1);
    expect(await failureOf(client[method](change))).toMatchObject({ name: 'OutcomeUnknown' });
    expect(await client[method](change)).toBe('applied');
    expect([await old.alive(), await other.alive()]).toEqual([false, true]);
    expect([await client.probe(ended), await client.probe(kept)]).toEqual(['refused', 'accepted']);
  });

  it('of a question is only a server that cannot be reached', async () => {
    const { nodes, client, change } = await fakeRedisWorld();
    nodes[0].trouble = befalls(/^CLIENT LIST/, 'lost-before');
    expect(await failureOf(client.quiet(change))).toMatchObject({ name: 'Unavailable' });
  });
});

describe('a server that answers nonsense', () => {
  it.each([/^INFO/, /^ACL GETUSER/, /^CLIENT LIST/])('to %s', async (begin) => {
    const { nodes, client, change } = await fakeRedisWorld();
    nodes[0].trouble = befalls(begin, { nonsense: 'nonsense' });
    const error = await failureOf(client.install(change));
    expect(error).toMatchObject({ name: 'Unavailable', message: expect.stringMatching(/is none that Redis 7 gives/) });
  });
});
