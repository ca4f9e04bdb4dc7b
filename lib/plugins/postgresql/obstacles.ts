import { z } from 'zod';
import type { Admin } from './admin.ts';
import { type DualNames, parametersOf, WITH_NAMES } from './dual-names.ts';
import type { RoleFact, Roles } from './roles.ts';

/** What a fact about a role forbids, and what a person does about it. */
interface Rule {
  readonly holds: (role: RoleFact) => boolean;
  readonly line: (role: RoleFact) => string;
}

const EXPIRED: Rule = {
  holds: ({ expired }) => expired,
  line: ({ name }) => `role ${name} is no longer valid: ALTER ROLE "${name}" VALID UNTIL 'infinity'`,
};
const PRIVILEGED: Rule = {
  holds: ({ attributes }) => attributes.length > 0,
  line: ({ name, attributes }) =>
    `role ${name} has ${attributes.join(', ')}, which an owner role cannot share: take it away, or let one role rotate alone`,
};
const CLOSED: Rule = {
  holds: ({ inherits }) => !inherits,
  line: ({ name }) => `role ${name} does not inherit: ALTER ROLE "${name}" INHERIT`,
};
const LOGS_IN: Rule = {
  holds: ({ logsIn }) => logsIn,
  line: ({ name }) => `the owner role ${name} can log in: ALTER ROLE "${name}" NOLOGIN, or name another owner`,
};

/** One line for each rule that a role breaks; a role that is yet to be created breaks none. */
export function broken(roles: Roles, name: string, rules: readonly Rule[]): string[] {
  const role = roles.get(name);
  return role === undefined ? [] : rules.filter(({ holds }) => holds(role)).map(({ line }) => line(role));
}

const OWNER_RULES = [LOGS_IN, PRIVILEGED];
const LOGIN_RULES = [EXPIRED, PRIVILEGED, CLOSED];
/** A role that rotates alone keeps its rights, whatever they are. */
export const SINGLE_RULES = [EXPIRED];

/** More memberships than the owner role has would give one login more rights than the other. */
const EXTRA_MEMBERSHIPS = `${WITH_NAMES}
  SELECT format('role %s is a member of %s, which the owner role and the current login are not: REVOKE %I FROM %I',
    n.next_name, r.rolname, r.rolname, n.next_name) AS line
  FROM n JOIN pg_auth_members m ON m.member = n.next JOIN pg_roles r ON r.oid = m.roleid
  WHERE r.rolname <> n.owner_name AND NOT coalesce(pg_has_role(n.owner, r.oid, 'MEMBER'), false)
    AND NOT coalesce(pg_has_role(n.previous, r.oid, 'MEMBER'), false)`;

/** PostgreSQL refuses a circle of memberships. */
const CIRCLES = `${WITH_NAMES}
  SELECT format('role %s is a member of %s: REVOKE %I FROM %I', x.rolname, y.rolname, y.rolname, x.rolname) AS line
  FROM n, pg_roles x, pg_roles y
  WHERE (x.oid = n.owner AND y.oid IN (n.previous, n.next) OR y.rolname = current_user AND x.oid IN (n.previous, n.next, n.owner))
    AND x.oid <> y.oid AND NOT x.rolsuper AND pg_has_role(x.oid, y.oid, 'MEMBER')`;

/** A group between the login and the owner role: the owner role cannot become its member in turn. */
const GROUPS = `${WITH_NAMES}
  SELECT format('role %s, of which %s is a member, is itself a member of the owner role: REVOKE %I FROM %I',
    r.rolname, n.previous_name, n.owner_name, r.rolname) AS line
  FROM n JOIN pg_auth_members m ON m.member = n.previous JOIN pg_roles r ON r.oid = m.roleid
  WHERE r.oid <> n.owner AND pg_has_role(r.oid, n.owner, 'MEMBER')`;

/** A user mapping holds a credential of its own, which is not ours to copy. */
const USER_MAPPINGS = `${WITH_NAMES}
  SELECT format('role %s has a user mapping on server %s: CREATE USER MAPPING FOR %I SERVER %I OPTIONS (...)',
    n.previous_name, m.srvname, n.owner_name, m.srvname) AS line
  FROM n JOIN pg_user_mappings m ON m.umuser = n.previous
  WHERE NOT EXISTS (SELECT FROM pg_user_mappings h WHERE h.umuser = n.owner AND h.srvid = m.srvid)`;

/** Somebody whom the inventory does not know logs in with the next role: a new password would lock them out. */
const IN_USE = `${WITH_NAMES}
  SELECT format('role %s is in use already (sessions: %s): move them to the current credential first', n.next_name, count(*)) AS line
  FROM n JOIN pg_stat_activity a ON a.usesysid = n.next GROUP BY n.next_name`;

const QUERIES = [EXTRA_MEMBERSHIPS, CIRCLES, GROUPS, USER_MAPPINGS, IN_USE];
const row = z.object({ line: z.string() });

/** What the admin's own session must be, before anything else is looked at. */
export function adminObstacles(admin: Admin, logins: readonly string[]): string[] {
  return [
    admin.version < 140000 && 'the server is older than PostgreSQL 14',
    logins.includes(admin.role) &&
      `the admin role ${admin.role} is a role that is rotated: use another admin credential`,
    !admin.superuser &&
      !admin.createsRoles &&
      `the admin role ${admin.role} may not alter roles: ALTER ROLE "${admin.role}" CREATEROLE`,
  ].filter((line) => line !== false);
}

/** What stands against two alternating logins, one line each. */
export async function dualObstacles(admin: Admin, roles: Roles, names: DualNames): Promise<string[]> {
  const lines = [
    ...adminObstacles(admin, [names.previous, names.next, names.owner]),
    ...(names.previous === names.owner
      ? [`role ${names.owner} is both the owner and the current login: name another owner`]
      : []),
    ...broken(roles, names.owner, names.previous === names.owner ? [] : OWNER_RULES),
    ...broken(roles, names.previous, LOGIN_RULES),
    ...broken(roles, names.next, LOGIN_RULES),
  ];
  for (const query of QUERIES) {
    lines.push(...(await admin.rows(row, query, parametersOf(names))).map(({ line }) => line));
  }
  return lines;
}
