import { RotationError } from '../../core/errors.ts';
import type { Switch } from '../../core/ports.ts';
import { type Login, loginOf } from './login.ts';

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
 * The same before something is altered: whatever a stored value says, only the configured logins are ever let in, and of two
 * the old and the new are never confused.
 *
 * @param configured the names of the logins that Keyturn may alter: two alternate, one stays
 * @throws InputInvalid
 */
export function alterableLoginsOf(
  change: Switch,
  configured: readonly string[],
  subject: (name: string) => string,
): SwitchLogins {
  const logins = loginsOf(change);
  const { username } = logins.next;
  const foreign = !configured.includes(username) && 'the next login is none of the configured ones';
  const same =
    configured.length === 2 && username === logins.previous.username && 'the old login and the new one are the same';
  const detail = foreign || same;
  if (detail) throw new RotationError('InputInvalid', { subject: subject(username), detail });
  return logins;
}
