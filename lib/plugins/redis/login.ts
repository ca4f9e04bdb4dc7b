import { RotationError } from '../../core/errors.ts';
import type { Credential } from '../../core/ports.ts';
import { loginOf } from '../logins/login.ts';
import { type Context, connect } from './connection.ts';
import { type Node, userAt } from './node.ts';

export type Verdict = 'accepted' | 'refused';

/** Logs in at one node and out again. @throws AccessDenied, Unavailable, Throttled where the server did not judge the password */
export async function loginAt(context: Context, node: Node, { value, version }: Credential): Promise<Verdict> {
  const connection = await connect(context, node, loginOf(value, `version ${version}`));
  await connection?.close();
  return connection === undefined ? 'refused' : 'accepted';
}

/**
 * Proves that an address is a server of the credentials' own, before the admin credential is shown to it.
 *
 * @throws CurrentRefused when it accepts none of them
 */
export async function requireOneOf(context: Context, node: Node, credentials: readonly Credential[]): Promise<void> {
  for (const credential of credentials) {
    if ((await loginAt(context, node, credential)) === 'accepted') return;
  }
  const names = credentials.map(({ value, version }) => loginOf(value, `version ${version}`).username);
  throw new RotationError('CurrentRefused', { subject: userAt([...new Set(names)].join(' and '), node) });
}
