import { RotationError } from '../../core/errors.ts';
import type { PluginDeps, SecretTypeClient, Switch } from '../../core/ports.ts';
import { describeSessions } from '../logins/describe-sessions.ts';
import { loginOf } from '../logins/login.ts';
import { vaultStaticRole } from '../vault/static-role.ts';
import { type Admin, asLogin } from './admin.ts';
import { changeFailure, readFailure } from './failures.ts';
import { probe, requireOneOf } from './login.ts';
import { endBackends, readBackends } from './sessions.ts';
import { roleAt, type VaultTarget } from './target.ts';
import { confirm, nextValue, prepare, type VaultRole } from './vault-values.ts';

/**
 * A login whose password a static role of Vault's database engine rotates. Making the next value is the change at the
 * target itself: the engine holds it durably, the old one is refused from then on, and nothing brings that back.
 */
export function vaultRoleClient(target: VaultTarget, deps: PluginDeps): SecretTypeClient {
  const context: VaultRole = { target, deps, role: vaultStaticRole(target.vault, deps) };
  const { username } = target;
  const subject = roleAt(username, target);

  /** A session of the credential that logs in: it sees the sessions of its own login, and may end them. */
  const asItself = async <T>(
    { next, previous }: Switch,
    failure: typeof readFailure,
    work: (self: Admin) => Promise<T>,
  ) => {
    await requireOneOf(context, [next, previous]);
    const { value, version } = (await probe(context, next)) === 'accepted' ? next : previous;
    return asLogin(context, loginOf(value, `version ${version}`), subject, failure, work);
  };
  const backends = async (self: Admin) =>
    (await readBackends(self, deps.clock, [username])).filter(({ pid }) => pid !== self.pid);
  const old = async (self: Admin, { installedAt = deps.clock.now() }: Switch) =>
    (await backends(self)).filter(({ startedAt }) => startedAt < installedAt);

  return {
    generate: ({ current }) => nextValue(context, current),
    probe: (credential) => probe(context, credential),
    prepare: () => prepare(context),
    install: ({ next }) => confirm(context, next),
    uninstall: async ({ previous }) => {
      if ((await probe(context, previous)) === 'accepted') return 'not-applied';
      throw new RotationError('NoWayBack', { subject });
    },
    sessions: async (change) =>
      (await asItself(change, readFailure, backends)).map(({ principal, application, startedAt }) => ({
        principal,
        application,
        startedAt,
      })),
    quiet: async (change) => {
      const left = await asItself(change, readFailure, (self) => old(self, change));
      return { quiet: left.length === 0, why: describeSessions(left, username) };
    },
    retire: (change) =>
      asItself(change, changeFailure, async (self) => {
        const ended = await endBackends(self, username, () => old(self, change));
        return ended > 0 ? 'applied' : 'not-applied';
      }),
  };
}
