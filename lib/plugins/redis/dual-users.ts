import { RotationError } from '../../core/errors.ts';
import type { Change } from '../../core/ports.ts';
import type { Admin } from './admin.ts';
import type { Context } from './connection.ts';
import { endSessions, killUser, readSessions } from './connections.ts';
import type { LoginNames, Mode, Survey } from './mode.ts';
import { addressOf, userAt } from './node.ts';
import { needsPassword } from './obstacles.ts';
import { adding, hashOf, readUser, removing, setUser, type User } from './users.ts';

/** Two users take turns: each is given what the other may do, and only one can log in once a rotation has ended. */
export function dualUsers({ target, deps: { clock } }: Context): Mode {
  const [first = '', second = ''] = target.users;
  return {
    nextUser: (current) => (current === first ? second : first),
    survey: async (admin, names) => ({
      missing: await missingRules(admin, names),
      obstacles: [
        ...needsPassword(await readUser(admin, names.previous), names.previous, admin.node),
        ...inUse(await readSessions(admin, clock, [names.next]), names.next, admin),
      ],
    }),
    admit: async (admin, { previous, next }) => {
      const [model, user] = [await readUser(admin, previous.username), await readUser(admin, next.username)];
      const stale = (user?.passwords ?? []).map(removing);
      await setUser(admin, next.username, ...(model?.rules ?? []), ...stale, adding(hashOf(next.password)), 'on');
    },
    old: (sessions, _change, { previous }) => sessions.filter(({ principal }) => principal === previous.username),
    withdraw: async (admin, _change, { next }) => {
      const user = await readUser(admin, next.username);
      return isForeign(user, hashOf(next.password)) ? 'not-applied' : shut(admin, next.username, user);
    },
    retire: async (admin, _change, { previous }) => {
      return shut(admin, previous.username, await readUser(admin, previous.username));
    },
  };

  /** Nobody logs in as this user any more, and none of its sessions lives: in this order, else one could come back. */
  async function shut(admin: Admin, name: string, user: User | undefined): Promise<Change> {
    if (user === undefined) return 'not-applied';
    if (name === admin.user) {
      const detail = 'it is the admin user itself';
      throw new RotationError('TargetNotPrepared', { subject: userAt(name, admin.node), detail });
    }
    const logsIn = user.on || user.passwords.length > 0;
    if (logsIn) await setUser(admin, name, 'off', ...user.passwords.map(removing));
    const ended = await endSessions(admin, clock, await readSessions(admin, clock, [name]), killUser(name));
    return logsIn || ended > 0 ? 'applied' : 'not-applied';
  }
}

async function missingRules(admin: Admin, { previous, next }: LoginNames): Promise<Survey['missing']> {
  const [model, user] = [await readUser(admin, previous), await readUser(admin, next)];
  const rules = model?.rules ?? [];
  return user !== undefined && user.rules.join(' ') === rules.join(' ') ? [] : rules;
}

/** Somebody whom the inventory does not know logs in with the next user: a new password would lock them out. */
function inUse(sessions: readonly unknown[], name: string, { node }: Admin): string[] {
  if (sessions.length === 0) return [];
  const count = sessions.length;
  return [
    `user ${name} is in use at ${addressOf(node)} (sessions: ${count}): move them to the current credential first`,
  ];
}

/** Whether the user has a password, and not the one that was to be let in: then it was never ours. */
function isForeign(user: User | undefined, hash: string): boolean {
  return user !== undefined && (user.open || (user.passwords.length > 0 && !user.passwords.includes(hash)));
}
