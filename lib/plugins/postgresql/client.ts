import { makePassword } from '../../core/password-policy.ts';
import type { PluginDeps, SecretTypeClient, Switch } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import { describeSessions } from '../logins/describe-sessions.ts';
import { alterableLoginsOf, loginsOf } from '../logins/switch-logins.ts';
import { type Admin, asAdmin } from './admin.ts';
import type { Context } from './connect.ts';
import { dualMode } from './dual.ts';
import { changeFailure, readFailure } from './failures.ts';
import { install, prepare } from './install.ts';
import { probe, requireOneOf } from './login.ts';
import type { Mode } from './mode.ts';
import { type Backend, readBackends } from './sessions.ts';
import { singleMode } from './single.ts';
import { type PostgresqlTarget, roleAt } from './target.ts';

/** The client of one PostgreSQL credential. Each call opens its own connections and closes them. */
export function postgresqlClient(target: PostgresqlTarget, deps: PluginDeps): SecretTypeClient {
  const context: Context = { target, deps };
  const mode: Mode = target.owner === undefined ? singleMode(context) : dualMode(context, target.owner);
  const nextLogin = (current: Secret): string => mode.nextLogin(current.field('username') ?? '');

  const backends = async (change: Switch): Promise<readonly Backend[]> => {
    const { next, previous } = loginsOf(change);
    await requireOneOf(context, [change.next, change.previous]);
    const roles = [next.username, previous.username];
    return asAdmin(context, readFailure, (admin: Admin) => readBackends(admin, deps.clock, roles));
  };

  return {
    generate: async ({ current }) =>
      Secret.of({ username: nextLogin(current), password: makePassword(target.password, deps.random) }),
    probe: (credential) => probe(context, credential),
    prepare: (current) => prepare(context, mode.survey, current, nextLogin(current.value)),
    install: (change) => install(context, mode.survey, change),
    sessions: async (change) =>
      (await backends(change)).map(({ principal, application, startedAt }) => ({ principal, application, startedAt })),
    quiet: async (change) => {
      const logins = loginsOf(change);
      const old = mode.old(await backends(change), change, logins);
      return { quiet: old.length === 0, why: describeSessions(old, logins.previous.username) };
    },
    uninstall: async (change) => {
      const logins = alterableLoginsOf(change, target.roles, (role) => roleAt(role, target));
      await requireOneOf(context, [change.previous, change.next]);
      return asAdmin(context, changeFailure, (admin) => mode.withdraw(admin, change, logins));
    },
    retire: async (change) => {
      const logins = alterableLoginsOf(change, target.roles, (role) => roleAt(role, target));
      await requireOneOf(context, [change.next]);
      return asAdmin(context, changeFailure, (admin) => mode.retire(admin, change, logins));
    },
  };
}
