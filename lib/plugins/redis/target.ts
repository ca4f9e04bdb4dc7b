import { z } from 'zod';
import { passwordPolicy } from '../../core/password-policy.ts';
import { secretReference } from '../../core/references.ts';
import { trustFields, trustRule } from '../logins/server-trust.ts';
import { NODE, nodeAt } from './node.ts';

/** A user that Keyturn may switch on and off. `default` is also everybody who has not logged in yet, so nobody could tell who uses it. */
const userName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\s\0]+$/, 'expected no blanks')
  .refine(
    (name) => name !== 'default',
    'expected another user than default: connections that have not logged in bear its name',
  );

const fields = z.strictObject({
  /** `host:port` of every server that has the users, or with `discover` of those to ask for the others. */
  nodes: z.array(z.string().regex(NODE, 'expected host:port')).min(1),
  /** Who else has the users: the `replicas` and the primary of these nodes, or all nodes of their `cluster`. */
  discover: z.enum(['replicas', 'cluster']).optional(),
  ...trustFields,
  /** `{ username, password }` of a user that may change ACL users, list and end connections, and have the change saved. */
  admin: secretReference,
  /** Two alternate, so that it can be seen which one a connection uses; one gets a second password at each rotation. */
  users: z.array(userName).min(1).max(2),
  password: passwordPolicy,
  connectTimeoutSeconds: z.number().positive().max(60).default(10),
  commandTimeoutSeconds: z.number().positive().max(60).default(10),
});

type Fields = z.output<typeof fields>;

/** What must hold between fields: the path of the wrong one, and what was expected. */
const RULES: readonly { path: keyof Fields; expected: string; broken(target: Fields): boolean }[] = [
  {
    path: 'users',
    expected: 'expected two different users',
    broken: ({ users }) => new Set(users).size < users.length,
  },
  {
    path: 'nodes',
    expected: 'expected each node once',
    broken: ({ nodes }) => new Set(nodes.map((node) => node.toLowerCase())).size < nodes.length,
  },
  trustRule,
];

/** The `target` of an entry of type redis. */
export const redisTarget = fields.check(({ value, issues }) => {
  for (const { path, expected, broken } of RULES) {
    if (broken(value)) issues.push({ code: 'custom', input: value[path], path: [path], message: expected });
  }
});

export type RedisTarget = z.output<typeof redisTarget>;

/** Whether two users alternate; one user has two passwords for a while. */
export const isDual = ({ users }: RedisTarget): boolean => users.length === 2;

/** The nodes that the configuration names. */
export const listedNodes = ({ nodes }: RedisTarget) => nodes.map(nodeAt);
