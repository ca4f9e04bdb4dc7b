import { makePassword } from '../../core/password-policy.ts';
import type { Change, Credential, PluginDeps, SecretTypeClient, Switch } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import { describeSessions } from '../logins/describe-sessions.ts';
import { alterableLoginsOf, loginsOf, type SwitchLogins } from '../logins/switch-logins.ts';
import { type Admin, withAdmins } from './admin.ts';
import type { Context } from './connection.ts';
import { type RedisSession, readSessions } from './connections.ts';
import { dualUsers } from './dual-users.ts';
import { install, prepare } from './install.ts';
import type { Mode } from './mode.ts';
import { userAt } from './node.ts';
import { probe } from './probe.ts';
import { save } from './save.ts';
import { isDual, listedNodes, type RedisTarget } from './target.ts';
import { twoPasswords } from './two-passwords.ts';

/** The client of one Redis credential, at all of its nodes. Each call opens its own connections and closes them. */
export function redisClient(target: RedisTarget, deps: PluginDeps): SecretTypeClient {
  const context: Context = { target, deps };
  const mode: Mode = isDual(target) ? dualUsers(context) : twoPasswords(context);
  const nextUser = (current: Secret): string => mode.nextUser(current.field('username') ?? '');

  const sessions = async (change: Switch): Promise<readonly RedisSession[]> => {
    const { next, previous } = loginsOf(change);
    const users = [...new Set([next.username, previous.username])];
    return withAdmins(context, [change.next, change.previous], (admins) =>
      gather(admins, (admin) => readSessions(admin, deps.clock, users)),
    );
  };

  const everywhere = async (
    change: Switch,
    proofs: readonly Credential[],
    work: (admin: Admin, logins: SwitchLogins) => Promise<Change>,
  ): Promise<Change> => {
    const logins = alterableLoginsOf(change, target.users, (name) => userAt(name, ...listedNodes(target)));
    return withAdmins(context, proofs, async (admins) => {
      const done = await gather(admins, async (admin) => {
        const result = await work(admin, logins);
        await save(admin);
        return [result];
      });
      return done.includes('applied') ? 'applied' : 'not-applied';
    });
  };

  return {
    generate: async ({ current }) =>
      Secret.of({ username: nextUser(current), password: makePassword(target.password, deps.random) }),
    probe: (credential) => probe(context, credential),
    prepare: (current) => prepare(context, mode, current, nextUser(current.value)),
    install: (change) => install(context, mode, change),
    sessions: async (change) =>
      (await sessions(change)).map(({ principal, application, startedAt }) => ({ principal, application, startedAt })),
    quiet: async (change) => {
      const logins = loginsOf(change);
      const old = mode.old(await sessions(change), change, logins);
      return { quiet: old.length === 0, why: describeSessions(old, logins.previous.username) };
    },
    uninstall: (change) =>
      everywhere(change, [change.previous, change.next], (admin, logins) => mode.withdraw(admin, change, logins)),
    retire: (change) => everywhere(change, [change.next], (admin, logins) => mode.retire(admin, change, logins)),
  };
}

/** One node after the other: the first that fails ends it. */
async function gather<T>(admins: readonly Admin[], work: (admin: Admin) => Promise<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for (const admin of admins) found.push(...(await work(admin)));
  return found;
}
