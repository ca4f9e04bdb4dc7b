import { RotationError } from '../../core/errors.ts';
import type { Credential } from '../../core/ports.ts';
import { loginOf } from '../logins/login.ts';
import { connect, type ServerContext } from './connect.ts';
import { isRefusal, readFailure } from './failures.ts';
import { roleAt } from './target.ts';

/** Logs in and out again. @throws AccessDenied, Unavailable, Throttled where the server did not judge the password */
export async function probe(context: ServerContext, { value, version }: Credential): Promise<'accepted' | 'refused'> {
  const login = loginOf(value, `version ${version}`);
  try {
    const client = await connect(context, login);
    await client.end();
    return 'accepted';
  } catch (error) {
    if (isRefusal(error)) return 'refused';
    throw readFailure(error, roleAt(login.username, context.target));
  }
}

/**
 * Proves that the configured address is the credentials' own server, before the admin credential is shown to it.
 *
 * @throws CurrentRefused when it accepts none of them
 */
export async function requireOneOf(context: ServerContext, credentials: readonly Credential[]): Promise<void> {
  for (const credential of credentials) {
    if ((await probe(context, credential)) === 'accepted') return;
  }
  const names = credentials.map(({ value, version }) => loginOf(value, `version ${version}`).username);
  throw new RotationError('CurrentRefused', { subject: roleAt([...new Set(names)].join(' and '), context.target) });
}
