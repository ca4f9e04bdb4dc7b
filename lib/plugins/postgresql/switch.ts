import { RotationError } from '../../core/errors.ts';
import type { Switch } from '../../core/ports.ts';
import { type Login, loginOf } from '../logins/login.ts';
import { type PostgresqlTarget, roleAt } from './target.ts';

/** Both logins of a change, in clear: for the moment of their use. */
export interface SwitchLogins {
  readonly next: Login;
  readonly previous: Login;
}

/** The two logins of a change. @throws InputInvalid when a field is missing */
export const loginsOf = ({ next, previous }: Switch): SwitchLogins => ({
  next: loginOf(next.value, `version ${next.version}`),
  previous: loginOf(previous.value, `version ${previous.version}`),
});

/**
 * The same before something is altered: whatever a stored value says, only the configured roles are ever let in, and the
 * two are never confused.
 *
 * @throws InputInvalid
 */
export function alterableLoginsOf(change: Switch, target: PostgresqlTarget): SwitchLogins {
  const logins = loginsOf(change);
  const { username } = logins.next;
  const foreign = !target.roles.includes(username) && 'the next login is none of the configured roles';
  const same =
    target.roles.length === 2 && username === logins.previous.username && 'the old login and the new one are the same';
  const detail = foreign || same;
  if (detail) throw new RotationError('InputInvalid', { subject: roleAt(username, target), detail });
  return logins;
}
