import { z } from 'zod';
import type { Admin } from './admin.ts';
import { addressOf, type Node } from './node.ts';
import { saveCommand } from './save.ts';
import type { User } from './users.ts';

/** A login without a password proves nothing. */
export function needsPassword(user: User | undefined, name: string, node: Node): string[] {
  if (!user?.open) return [];
  return [
    `user ${name} needs no password at ${addressOf(node)}, so its login proves nothing: ACL SETUSER ${name} >...`,
  ];
}

/** What must hold of the server and the admin user, before any user is looked at. */
export async function adminObstacles(admin: Admin, logins: readonly string[]): Promise<string[]> {
  const at = addressOf(admin.node);
  if (admin.major < 7) return [`the server ${at} is older than Redis 7`];
  const saving = saveCommand(admin);
  return [
    ...(logins.includes(admin.user)
      ? [`the admin user ${admin.user} is a user that is rotated: use another admin credential`]
      : []),
    ...(saving === undefined
      ? [`the server ${at} forgets its users when it restarts: start it with an aclfile, or with a configuration file`]
      : []),
    ...(await denied(admin, saving ?? [])),
  ];
}

/** What a rotation runs, with arguments of the right number. */
const COMMANDS: readonly (readonly string[])[] = [
  ['ACL', 'GETUSER', 'x'],
  ['ACL', 'SETUSER', 'x'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'KILL', 'ID', '1'],
];

async function denied(admin: Admin, saving: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const command of [...COMMANDS, saving].filter(({ length }) => length > 0)) {
    if ((await admin.read(z.string(), 'ACL', 'DRYRUN', admin.user, ...command)) === 'OK') continue;
    const name = command.slice(0, 2).join('|').toLowerCase();
    lines.push(
      `the admin user ${admin.user} may not run ${name} at ${addressOf(admin.node)}: ACL SETUSER ${admin.user} +${name}`,
    );
  }
  return lines;
}
