import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { Clock, Session } from '../../core/ports.ts';
import type { Admin } from './admin.ts';
import { userAt } from './node.ts';

/** A connection at a node. */
export interface RedisSession extends Session {
  readonly id: string;
  /** Epoch ms: it did not begin later. */
  readonly startedBy: number;
}

const seconds = z.coerce.number();
const line = z.object({ id: z.string(), name: z.string(), age: seconds, user: z.string() });
const list = z
  .string()
  .transform((text) => text.split('\n').filter((row) => row !== ''))
  .pipe(
    z.array(
      z
        .string()
        .transform((row): Record<string, unknown> => Object.fromEntries(row.split(' ').map(split)))
        .pipe(line),
    ),
  );

/** `name=value`, at the first sign of equality. */
function split(field: string): [string, string] {
  const at = field.indexOf('=');
  return [field.slice(0, at), field.slice(at + 1)];
}

/** Redis tells an age in whole seconds, by a clock that a busy server reads late: it is right to a second and a little more. */
const UNSURE_MS = 1500;

/**
 * Who is logged in as one of `users` at a node, replication links included. `startedAt` and `startedBy` are the ends of the
 * time in which a session can have begun, by our own clock: no session of the old credential is ever taken for a new one.
 */
export async function readSessions(admin: Admin, clock: Clock, users: readonly string[]): Promise<RedisSession[]> {
  const asked = clock.now();
  const rows = await admin.read(list, 'CLIENT', 'LIST');
  const answered = clock.now();
  return rows
    .filter(({ user }) => users.includes(user))
    .map(({ id, name, age, user }) => ({
      id,
      principal: user,
      application: name,
      startedAt: asked - age * 1000 - UNSURE_MS,
      startedBy: answered - age * 1000 + UNSURE_MS,
    }));
}

const ROUNDS = 5;

/**
 * Ends sessions that were seen, and looks again until they are gone. No other can take their place: what they logged in with
 * is refused by now.
 *
 * @param kill the commands that end them
 * @throws StillAccepted when some do not end
 */
export async function endSessions(
  admin: Admin,
  clock: Clock,
  seen: readonly RedisSession[],
  kill: (left: readonly RedisSession[]) => readonly (readonly string[])[],
): Promise<number> {
  const ids = new Set(seen.map(({ id }) => id));
  const users = [...new Set(seen.map(({ principal }) => principal))];
  let left = seen;
  for (let round = 0; round < ROUNDS && left.length > 0; round += 1) {
    for (const command of kill(left)) await admin.change(z.number(), ...command);
    left = (await readSessions(admin, clock, users)).filter(({ id }) => ids.has(id));
  }
  if (left.length === 0) return seen.length;
  throw new RotationError('StillAccepted', {
    subject: userAt(users.join(' and '), admin.node),
    detail: 'its sessions do not end',
  });
}

export const killUser = (name: string) => () => [['CLIENT', 'KILL', 'USER', name, 'SKIPME', 'yes']];
export const killEach = (left: readonly RedisSession[]) => left.map(({ id }) => ['CLIENT', 'KILL', 'ID', id]);
