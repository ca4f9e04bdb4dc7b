import { isRotationError, RotationError } from '../../core/errors.ts';
import type { Change, Credential, Preparation } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import type { Login } from '../logins/login.ts';
import type { StaticRole } from '../vault/static-role.ts';
import type { ServerContext } from './connect.ts';
import { probe } from './login.ts';
import { roleAt, type VaultTarget } from './target.ts';

export interface VaultRole extends ServerContext {
  readonly target: VaultTarget;
  readonly role: StaticRole;
}

/**
 * What the engine holds, if that is another password than the current one: it made it for a call whose reply was lost, or
 * by its own schedule. Else it makes one.
 *
 * @throws TargetNotPrepared, CurrentRefused
 */
export async function nextValue(context: VaultRole, current: Secret): Promise<Secret> {
  const { role } = context;
  const before = await readAccepted(context);
  if (before.password !== current.field('password')) return Secret.of({ ...before });
  const lost = await role.rotate().then(() => undefined, lostReply);
  const after = await role.read();
  if (after.password !== before.password) return Secret.of({ ...after });
  throw (
    lost ?? new RotationError('VerificationInconclusive', { subject: role.name, detail: 'it holds the old password' })
  );
}

/** What became of it shows in what the engine holds now. */
function lostReply(error: unknown): RotationError {
  if (isRotationError(error, 'OutcomeUnknown')) return error;
  throw error;
}

/** @throws TargetNotPrepared for a role of another login; CurrentRefused when the server refuses what the engine holds */
async function readAccepted(context: VaultRole): Promise<Login> {
  const { role, target } = context;
  const held = await role.read();
  if (held.username !== target.username) {
    const detail = `it is of the login ${held.username}, and the target names ${target.username}`;
    throw new RotationError('TargetNotPrepared', { subject: role.name, detail });
  }
  const credential = { version: `in ${role.name}`, value: Secret.of({ ...held }) };
  if ((await probe(context, credential)) === 'accepted') return held;
  const detail = `the server refuses what ${role.name} holds: another server, or a rotation that broke off; have vault rotate it`;
  throw new RotationError('CurrentRefused', { subject: roleAt(held.username, target), detail });
}

/** Whether a rotation could begin. */
export async function prepare(context: VaultRole): Promise<Preparation> {
  try {
    await readAccepted(context);
    return { statements: [], blocked: [] };
  } catch (error) {
    if (!isRotationError(error, 'TargetNotPrepared')) throw error;
    return { statements: [], blocked: [error.message] };
  }
}

/** The server has had it since it was made. @throws Conflict when the engine has made another meanwhile */
export async function confirm(context: VaultRole, next: Credential): Promise<Change> {
  if ((await probe(context, next)) === 'accepted') return 'not-applied';
  const { role } = context;
  if ((await role.read()).password === next.value.field('password'))
    throw new RotationError('VerificationInconclusive', { subject: role.name, detail: 'the server refuses it yet' });
  throw new RotationError('Conflict', { subject: role.name, detail: 'the engine has rotated it once more since' });
}
