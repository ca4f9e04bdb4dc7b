import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { Credential } from '../../core/ports.ts';
import { loginOf } from '../logins/login.ts';
import { type Connection, type Context, connect } from './connection.ts';
import { neighbours } from './discover.ts';
import { requireOneOf } from './login.ts';
import { addressOf, type Node, userAt } from './node.ts';
import { infoReply, mapReply } from './replies.ts';
import { listedNodes } from './target.ts';

/** A session of the admin credential at one node, with what that server is. */
export interface Admin extends Connection {
  readonly node: Node;
  readonly user: string;
  /** The first number of the version, e.g. 7. */
  readonly major: number;
  /** How a change of users outlives the server's process; undefined when it does not. */
  readonly saves: 'acl-file' | 'config-file' | undefined;
}

const server = infoReply.pipe(
  z.object({ redis_version: z.string().transform((version) => Number.parseInt(version, 10)), config_file: z.string() }),
);
const aclFile = mapReply.pipe(z.object({ aclfile: z.string().default('') }));

/** @throws AccessDenied when the admin login is refused */
export async function openAdmin(context: Context, node: Node): Promise<Admin> {
  const reference = context.target.admin.secret;
  const login = loginOf(await context.deps.credential(reference), reference);
  const connection = await connect(context, node, login);
  if (connection === undefined)
    throw new RotationError('AccessDenied', { subject: `admin ${userAt(login.username, node)}` });
  try {
    return { ...connection, node, user: login.username, ...(await look(connection)) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function look({ read }: Connection): Promise<Pick<Admin, 'major' | 'saves'>> {
  const { redis_version: major, config_file: file } = await read(server, 'INFO', 'server');
  const { aclfile } = await read(aclFile, 'CONFIG', 'GET', 'aclfile');
  return { major, saves: aclfile ? 'acl-file' : file ? 'config-file' : undefined };
}

/**
 * Opens the admin's session at every node for `work` and closes them. Each node has proven by a login of one of `proofs` that
 * it is the credentials' own. All are open before `work` begins: a node that is down stops it before anything changes.
 *
 * @throws CurrentRefused, AccessDenied, Unavailable
 */
export async function withAdmins<T>(
  context: Context,
  proofs: readonly Credential[],
  work: (admins: readonly Admin[]) => Promise<T>,
): Promise<T> {
  const admins = new Map<string, Admin>();
  const nodes = listedNodes(context.target);
  try {
    for (const node of nodes) {
      if (admins.has(addressOf(node))) continue;
      await requireOneOf(context, node, proofs);
      const admin = await openAdmin(context, node);
      admins.set(addressOf(node), admin);
      nodes.push(...(await neighbours(admin, context.target)));
    }
    return await work([...admins.values()]);
  } finally {
    for (const admin of admins.values()) await admin.close();
  }
}
