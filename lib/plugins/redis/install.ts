import { RotationError } from '../../core/errors.ts';
import type { Change, Credential, Preparation, Switch } from '../../core/ports.ts';
import { loginOf } from '../logins/login.ts';
import { alterableLoginsOf } from '../logins/switch-logins.ts';
import { type Admin, withAdmins } from './admin.ts';
import type { Context } from './connection.ts';
import { loginAt } from './login.ts';
import type { LoginNames, Mode } from './mode.ts';
import { userAt } from './node.ts';
import { adminObstacles } from './obstacles.ts';
import { save } from './save.ts';
import { listedNodes } from './target.ts';

/** What the first rotation from `current` to the login `next` would do at the nodes itself, and what stands against it. */
export async function prepare(context: Context, mode: Mode, current: Credential, next: string): Promise<Preparation> {
  const previous = loginOf(current.value, `version ${current.version}`).username;
  return withAdmins(context, [current], async (admins) => {
    const statements = new Set<string>();
    const blocked = new Set<string>();
    for (const admin of admins) {
      const { missing, obstacles } = await survey(admin, mode, { previous, next });
      if (missing.length > 0) statements.add(['ACL', 'SETUSER', next, ...missing].map(quoted).join(' '));
      for (const line of obstacles) blocked.add(line);
    }
    return { statements: [...statements], blocked: [...blocked] };
  });
}

/** As redis-cli reads an argument. */
const quoted = (text: string): string => (/^[^\s"'\\]+$|^\([^"'\\]*\)$/.test(text) ? text : JSON.stringify(text));

/** Nothing of a server that is not fit is looked at further. */
async function survey(admin: Admin, mode: Mode, names: LoginNames) {
  const obstacles = await adminObstacles(admin, [names.previous, names.next]);
  return obstacles.length > 0 ? { missing: [], obstacles } : mode.survey(admin, names);
}

/** Lets `next` in at every node that refuses it yet. Nothing is changed anywhere before every node was found fit. */
export async function install(context: Context, mode: Mode, change: Switch): Promise<Change> {
  const { users } = context.target;
  const listed = listedNodes(context.target);
  const logins = alterableLoginsOf(change, users, (name) => userAt(name, ...listed));
  const names = { previous: logins.previous.username, next: logins.next.username };
  return withAdmins(context, [change.previous, change.next], async (admins) => {
    const lacking: Admin[] = [];
    for (const admin of admins) {
      if ((await loginAt(context, admin.node, change.next)) === 'refused') lacking.push(admin);
    }
    const obstacles: string[] = [];
    for (const admin of lacking) obstacles.push(...(await survey(admin, mode, names)).obstacles);
    if (obstacles.length > 0) {
      const detail = [...new Set(obstacles)].join('; ');
      throw new RotationError('TargetNotPrepared', { subject: userAt(names.next, ...listed), detail });
    }
    // A file that cannot be written is found before anything is changed; a run that was cut off saves what it had not.
    for (const admin of admins) await save(admin);
    for (const admin of lacking) {
      await mode.admit(admin, logins);
      await save(admin);
    }
    return lacking.length > 0 ? 'applied' : 'not-applied';
  });
}
