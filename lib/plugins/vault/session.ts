import { isRotationError } from '../../core/errors.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { LoginFiles } from './files.ts';
import { type Lease, logIn, lookUpSelf, renewSelf, revokeSelf } from './login.ts';
import { type VaultCall, type VaultServer, vaultServer } from './server.ts';
import type { VaultAuth } from './settings.ts';
import type { Wire } from './transport.ts';

export interface Session {
  readonly send: VaultServer;
  /** Revokes the token, if this session made it. Never throws. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly wire: Wire;
  readonly auth: VaultAuth;
  readonly files: LoginFiles;
  readonly clock: Clock;
  readonly log: Log;
}

interface Held {
  readonly server: VaultServer;
  readonly lease: Lease;
  /** Milliseconds of a whole term, by which short is measured. */
  readonly full: number;
  readonly since: number;
  /** Made by this session, which therefore ends it. */
  readonly own: boolean;
}

/** A login that is taken at the first call, renewed when a third of its term is left, taken anew when that no longer helps. */
export function openSession({ wire, auth, files, clock, log }: SessionOptions): Session {
  let current: Promise<Held> | undefined;

  const take = async (): Promise<Held> => {
    const since = clock.now();
    if (auth.method === 'token') {
      const token = files.secret(auth.tokenFile);
      const server = await vaultServer(wire, token);
      const { full, ...lease } = await ofForeign(server, token);
      return { server, lease, full, since, own: false };
    }
    const lease = await logIn(await vaultServer(wire), auth, files);
    return { server: await vaultServer(wire, lease.token), lease, full: lease.ttl, since, own: true };
  };
  const end = async (held: Held): Promise<void> => {
    if (held.own) await quietly(() => revokeSelf(held.server), log);
  };
  const fresh = async (before: Promise<Held>): Promise<Held> => {
    const held = await before;
    if (!isShort(held, clock)) return held;
    const renewed = held.lease.renewable ? await renewal(held, clock) : undefined;
    if (renewed !== undefined) return renewed;
    await end(held);
    return take();
  };
  /** One after another; a login that failed is tried again by the next call. */
  const hold = (next: Promise<Held>): Promise<Held> => {
    current = next;
    next.catch(() => {
      if (current === next) current = undefined;
    });
    return next;
  };
  const replaced = new WeakMap<Held, Promise<Held>>();
  const replace = (held: Held): Promise<Held> => {
    const next = replaced.get(held) ?? hold(end(held).then(take));
    replaced.set(held, next);
    return next;
  };
  const attempt = async (call: VaultCall, isFirst: boolean) => {
    const held = await hold(current === undefined ? take() : fresh(current));
    try {
      return await held.server(call);
    } catch (error) {
      if (isFirst || !isRotationError(error, 'AccessDenied') || (await isGood(held))) throw error;
      return (await replace(held)).server(call);
    }
  };
  return {
    send: (call) => attempt(call, current === undefined),
    close: async () => {
      const [last] = await Promise.allSettled([current]);
      current = undefined;
      if (last.status === 'fulfilled' && last.value !== undefined) await end(last.value);
    },
  };
}

/** A foreign token may not be allowed to look at itself; then nothing is known of its end. */
async function ofForeign(server: VaultServer, token: string) {
  try {
    return await lookUpSelf(server, token);
  } catch (error) {
    if (!isRotationError(error, 'AccessDenied')) throw error;
    return { token, ttl: Number.POSITIVE_INFINITY, full: Number.POSITIVE_INFINITY, renewable: false };
  }
}

const left = ({ lease, since }: Held, clock: Clock) => since + lease.ttl - clock.now();

const isShort = (held: Held, clock: Clock) => left(held, clock) < held.full / 3;

/** Undefined when the token got no term worth having: its longest life is near. */
async function renewal(held: Held, clock: Clock): Promise<Held | undefined> {
  try {
    const renewed = { ...held, since: clock.now(), lease: await renewSelf(held.server, held.lease) };
    return isShort(renewed, clock) ? undefined : renewed;
  } catch (error) {
    if (isRotationError(error, 'AccessDenied')) return undefined;
    throw error;
  }
}

/** Whether a token that was refused something is one that the server still knows. */
async function isGood({ server, lease }: Held): Promise<boolean> {
  try {
    await lookUpSelf(server, lease.token);
    return true;
  } catch (error) {
    if (isRotationError(error, 'AccessDenied')) return false;
    throw error;
  }
}

/** A token that could not be revoked ends by its own term. */
async function quietly(revoke: () => Promise<void>, log: Log): Promise<void> {
  try {
    await revoke();
  } catch (error) {
    if (!isRotationError(error)) throw error;
    log.warn('a vault token was not revoked; it ends by its own term', { error: error.name, plugin: 'vault' });
  }
}
