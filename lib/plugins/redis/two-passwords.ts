import type { Admin } from './admin.ts';
import type { Context } from './connection.ts';
import { endSessions, killEach, type RedisSession, readSessions } from './connections.ts';
import type { Mode } from './mode.ts';
import { needsPassword } from './obstacles.ts';
import { adding, hashOf, readUser, removing, setUser } from './users.ts';

/**
 * One user has two passwords for a while. No server tells which of them a session used: what began before the switch used
 * the old one, and what began after it may have used either.
 */
export function twoPasswords({ target, deps: { clock } }: Context): Mode {
  const [user = ''] = target.users;

  async function remove(admin: Admin, password: string): Promise<boolean> {
    const hash = hashOf(password);
    if (!(await readUser(admin, user))?.passwords.includes(hash)) return false;
    await setUser(admin, user, removing(hash));
    return true;
  }
  /** What is listed after the password is gone is all that can have used it. */
  async function close(admin: Admin, password: string, wanted: (session: RedisSession) => boolean) {
    const removed = await remove(admin, password);
    const seen = (await readSessions(admin, clock, [user])).filter(wanted);
    const ended = await endSessions(admin, clock, seen, killEach);
    return removed || ended > 0 ? 'applied' : 'not-applied';
  }

  return {
    nextUser: () => user,
    survey: async (admin, { previous, next }) => ({
      missing: [],
      obstacles:
        previous === next
          ? needsPassword(await readUser(admin, user), user, admin.node)
          : [`the current credential logs in as ${previous}, not as ${next}: name ${previous}, or two users`],
    }),
    admit: (admin, { next }) => setUser(admin, user, adding(hashOf(next.password))),
    old: (sessions, { installedAt = Infinity }) => sessions.filter(({ startedAt }) => startedAt < installedAt),
    withdraw: (admin, { installedAt = Infinity }, { next }) =>
      close(admin, next.password, ({ startedBy }) => startedBy >= installedAt),
    retire: (admin, { installedAt = Infinity }, { previous }) =>
      close(admin, previous.password, ({ startedAt }) => startedAt < installedAt),
  };
}
