import { z } from 'zod';
import { passwordPolicy } from '../../core/password-policy.ts';
import { secretReference } from '../../core/references.ts';
import { trustFields, trustRule } from '../logins/server-trust.ts';
import { staticRole } from '../vault/settings.ts';

/** A role that Keyturn may log in with, or own objects by. */
const roleName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[^\0]+$/, 'expected no NUL')
  .refine((name) => !/^(pg_.*|public|none)$/.test(name), 'expected a name that PostgreSQL does not reserve');

/** Keys of everything that logs in to such a server. */
export const serverFields = {
  host: z.string().regex(/^[A-Za-z0-9_.:-]+$/, 'expected a host name or an address'),
  port: z.int().min(1).max(65535).default(5432),
  database: z.string().min(1).max(63),
  ...trustFields,
  connectTimeoutSeconds: z.number().positive().max(60).default(10),
};
export type ServerAddress = z.output<z.ZodObject<typeof serverFields>>;

/** The same for a session in which something is changed. */
const sessionFields = { ...serverFields, lockTimeoutSeconds: z.number().positive().max(60).default(3) };
export type PostgresqlServer = z.output<z.ZodObject<typeof sessionFields>>;

const fields = z.strictObject({
  /** Keyturn makes the password and gives it to the server itself. */
  mode: z.literal('roles').optional(),
  ...sessionFields,
  /** `{ username, password }` of a role that may create and alter the roles below. */
  admin: secretReference,
  /** Two alternate, so that old and new are valid together; one means a gap at each rotation. */
  roles: z.array(roleName).min(1).max(2),
  /** The role that owns everything and that nobody logs in with; its members are `roles`. */
  owner: roleName.optional(),
  password: passwordPolicy,
});

type Fields = z.output<typeof fields>;

/** What must hold between fields: the path of the wrong one, and what was expected. */
const RULES: readonly { path: keyof Fields; expected: string; broken(target: Fields): boolean }[] = [
  {
    path: 'roles',
    expected: 'expected two different roles',
    broken: ({ roles }) => new Set(roles).size < roles.length,
  },
  {
    path: 'owner',
    expected: 'expected the name of an owner role: two roles alternate only when a third owns what they share',
    broken: ({ roles, owner }) => roles.length === 2 && owner === undefined,
  },
  {
    path: 'owner',
    expected: 'expected no owner: a single role keeps what it owns',
    broken: ({ roles, owner }) => roles.length === 1 && owner !== undefined,
  },
  {
    path: 'owner',
    expected: 'expected a role that is none of `roles`: nobody logs in with the owner',
    broken: ({ roles, owner }) => owner !== undefined && roles.includes(owner),
  },
  trustRule,
];

const rolesTarget = fields.check(({ value, issues }) => {
  for (const { path, expected, broken } of RULES) {
    if (broken(value)) issues.push({ code: 'custom', input: value[path], path: [path], message: expected });
  }
});

const vaultTarget = z
  .strictObject({
    /** A database engine of Vault makes the password and gives it to the server. */
    mode: z.literal('vault-static-role'),
    ...sessionFields,
    /** The login whose password the static role rotates. */
    username: roleName,
    vault: staticRole,
    /** From the rotation until the last consumer has reloaded its new connections are refused: for how long at most. */
    maxGapSeconds: z.int().min(1).max(86_400).default(60),
  })
  .check(({ value, issues }) => {
    const { path, expected, broken } = trustRule;
    if (broken(value)) issues.push({ code: 'custom', input: value[path], path: [path], message: expected });
  });

/** The `target` of an entry of type postgresql. */
export const postgresqlTarget = z.discriminatedUnion('mode', [rolesTarget, vaultTarget]);

export type PostgresqlTarget = z.output<typeof rolesTarget>;
export type VaultTarget = z.output<typeof vaultTarget>;

/** `host:port`, as messages and identities name a server. */
export const address = ({ host, port }: Pick<ServerAddress, 'host' | 'port'>): string =>
  `${host.toLowerCase()}:${port}`;

/** `role orders_a at db.internal:5432`, as messages name it. */
export const roleAt = (role: string, target: Pick<ServerAddress, 'host' | 'port'>): string =>
  `role ${role} at ${address(target)}`;
