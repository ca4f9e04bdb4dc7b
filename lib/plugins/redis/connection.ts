import { isIP } from 'node:net';
import { Redis } from 'ioredis';
import type { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { PluginDeps } from '../../core/ports.ts';
import type { Login } from '../logins/login.ts';
import { trustOf } from '../logins/server-trust.ts';
import { failure, isRefusal } from './failures.ts';
import { type Node, userAt } from './node.ts';
import type { RedisTarget } from './target.ts';

/** What every part needs: where the servers are, and what the host gave. */
export interface Context {
  readonly target: RedisTarget;
  readonly deps: PluginDeps;
}

/** A session of one user at one node. Every error of it is a RotationError already. */
export interface Connection {
  /** Asks for something. */
  read<Reply extends z.ZodType>(reply: Reply, ...command: readonly string[]): Promise<z.output<Reply>>;
  /** Changes something. @throws OutcomeUnknown when no answer came */
  change<Reply extends z.ZodType>(reply: Reply, ...command: readonly string[]): Promise<z.output<Reply>>;
  /** Logs out; the server has forgotten the session when this resolves. */
  close(): Promise<void>;
}

/**
 * Logs in at a node. We say AUTH ourselves, as the client library tells a refusal apart from a lost connection only in an event.
 *
 * @returns undefined for a refused login
 */
export async function connect(context: Context, node: Node, login: Login): Promise<Connection | undefined> {
  const subject = userAt(login.username, node);
  const redis = new Redis({ ...(await optionsOf(context, node)), host: node.host, port: node.port });
  let reason: unknown;
  // It names the cause; the call that is under way only says that the connection is closed.
  redis.on('error', (error) => {
    reason ??= error;
  });
  try {
    await redis.connect();
    await redis.call('AUTH', login.username, login.password);
    return connectionOf(redis, subject, () => reason);
  } catch (error) {
    redis.disconnect();
    if (isRefusal(error)) return undefined;
    throw failure(reason ?? error, subject, false);
  }
}

async function optionsOf({ target, deps }: Context, { host }: Node) {
  const trust = await trustOf(target, deps.baseDir);
  return {
    ...(trust !== false && { tls: { ...trust, ...(isIP(host) === 0 && { servername: host }) } }),
    lazyConnect: true,
    protocol: 2,
    connectTimeout: target.connectTimeoutSeconds * 1000,
    commandTimeout: target.commandTimeoutSeconds * 1000,
    // One attempt, and nothing that is said behind our back.
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disableClientInfo: true,
  } as const;
}

function connectionOf(redis: Redis, subject: string, reason: () => unknown): Connection {
  const call =
    (changing: boolean): Connection['read'] =>
    async (reply, ...[name = '', ...rest]) => {
      let answer: unknown;
      try {
        answer = await redis.call(name, ...rest);
      } catch (error) {
        throw failure(reason() ?? error, subject, changing);
      }
      const parsed = reply.safeParse(answer);
      if (parsed.success) return parsed.data;
      const detail = `the answer to ${name} is none that Redis 7 gives`;
      throw new RotationError(changing ? 'OutcomeUnknown' : 'Unavailable', { subject, detail });
    };
  return { read: call(false), change: call(true), close: () => close(redis) };
}

/** A server that cannot say goodbye any more has lost the session already. */
async function close(redis: Redis): Promise<void> {
  await redis.call('QUIT').catch(() => undefined);
  redis.disconnect();
}
