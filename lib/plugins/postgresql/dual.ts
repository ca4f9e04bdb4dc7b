import { RotationError } from '../../core/errors.ts';
import type { Change } from '../../core/ports.ts';
import type { Admin } from './admin.ts';
import type { Context } from './connect.ts';
import { surveyDual } from './dual-survey.ts';
import type { Mode } from './mode.ts';
import { lockOut, readRoles, reassign } from './roles.ts';
import { endBackends, readBackends } from './sessions.ts';
import { roleAt } from './target.ts';

/** Two logins take turns below one owner role: old and new are valid together. */
export function dualMode(context: Context, owner: string): Mode {
  const [first = '', second = ''] = context.target.roles;
  return {
    nextLogin: (current) => (current === first ? second : first),
    survey: (admin, logins) => surveyDual(admin, { ...logins, owner }),
    old: (backends, _change, { previous }) => backends.filter(({ principal }) => principal === previous.username),
    withdraw: (admin, _change, { next }) => shut(context, admin, next.username, owner),
    retire: (admin, _change, { previous }) => shut(context, admin, previous.username, owner),
  };
}

/** Nobody logs in as `role` any more, none of its sessions lives, and nothing is its own: in this order, as a session may create things. */
async function shut(context: Context, admin: Admin, name: string, owner: string): Promise<Change> {
  const look = async () => (await readRoles(admin, [name])).get(name);
  const role = await look();
  if (role === undefined) return 'not-applied';
  if (role.superuser || name === admin.role) {
    const detail = role.superuser ? 'a superuser is not shut out' : 'it is the admin role itself';
    throw new RotationError('TargetNotPrepared', { subject: roleAt(name, context.target), detail });
  }
  if (role.logsIn) await admin.run(lockOut(name));
  const ended = await endBackends(admin, name, () => readBackends(admin, context.deps.clock, [name]));
  const owns = (await look())?.ownsHere ?? false;
  if (owns) await admin.run(reassign(name, owner));
  return role.logsIn || ended > 0 || owns ? 'applied' : 'not-applied';
}
