import { escapeIdentifier } from 'pg';
import { z } from 'zod';
import type { Admin } from './admin.ts';
import type { Step } from './survey.ts';

const fact = z.object({
  name: z.string(),
  superuser: z.boolean(),
  attributes: z.array(z.string()),
  inherits: z.boolean(),
  logsIn: z.boolean(),
  expired: z.boolean(),
  usable: z.boolean(),
  administrable: z.boolean(),
  ownsHere: z.boolean(),
});

/** A role as the server has it, seen by the admin role. */
export type RoleFact = z.output<typeof fact>;

/** `usable`: the admin has its privileges and may become it; `administrable`: may grant it; `ownsHere`: objects of this database. */
const FACTS = `
  SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolinherit AS inherits, r.rolcanlogin AS "logsIn",
    array_remove(ARRAY[
      CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
      CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
      CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END], NULL) AS attributes,
    coalesce(r.rolvaliduntil < now(), false) AS expired,
    pg_has_role(r.oid, 'USAGE') AND CASE WHEN current_setting('server_version_num')::int >= 160000
      THEN pg_has_role(r.oid, 'SET') ELSE true END AS usable,
    pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION') AS administrable,
    EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid AND d.deptype = 'o'
      AND d.dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      AND d.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass)) AS "ownsHere"
  FROM pg_roles r WHERE r.rolname = ANY($1::name[])`;

export type Roles = ReadonlyMap<string, RoleFact>;

export async function readRoles(admin: Admin, names: readonly string[]): Promise<Roles> {
  const facts = await admin.rows(fact, FACTS, [names]);
  return new Map(facts.map((found) => [found.name, found]));
}

/** Since PostgreSQL 16 CREATEROLE reaches only roles that one holds with ADMIN; a role's maker holds it so. */
const grantsAreScoped = ({ version }: Admin): boolean => version >= 160000;

/** Whether the admin may alter a role and grant it; `undefined` is a role that it is yet to create. */
export function mayAlter(admin: Admin, role: RoleFact | undefined): boolean {
  if (admin.superuser) return true;
  if (!admin.createsRoles || role?.superuser) return false;
  return role === undefined || role.administrable || !grantsAreScoped(admin);
}

/** The options that let a member act with its role's rights, which old servers always give. */
export const memberOptions = (admin: Admin): string => (grantsAreScoped(admin) ? ' WITH INHERIT TRUE, SET TRUE' : '');

/** `CREATE ROLE` without a login: that comes last, with the password. */
export function creation(admin: Admin, roles: Roles, name: string): Step[] {
  if (roles.has(name)) return [];
  return [{ sql: `CREATE ROLE ${escapeIdentifier(name)} NOLOGIN`, may: mayAlter(admin, undefined) }];
}

/** An admin that is not superuser needs a role's own rights to move its objects, to see its sessions and to end them. */
export function reach(admin: Admin, roles: Roles, name: string): Step[] {
  const role = roles.get(name);
  const scoped = grantsAreScoped(admin);
  if (admin.superuser || (role?.usable && (role.administrable || !scoped))) return [];
  const options =
    scoped && role?.administrable === false ? ' WITH ADMIN TRUE, INHERIT TRUE, SET TRUE' : memberOptions(admin);
  const sql = `GRANT ${escapeIdentifier(name)} TO ${escapeIdentifier(admin.role)}${options}`;
  return [{ sql, may: mayAlter(admin, role) }];
}

/** What lets a role log in, or back in. */
export function loginWith(admin: Admin, roles: Roles, name: string, password: string): Step {
  return {
    sql: `ALTER ROLE ${escapeIdentifier(name)} LOGIN PASSWORD ${password}`,
    may: mayAlter(admin, roles.get(name)),
  };
}

/** Replaces a password and nothing else. */
export const setPassword = (name: string, password: string): string =>
  `ALTER ROLE ${escapeIdentifier(name)} PASSWORD ${password}`;

/** No new login, and no password that could be let in again by mistake. */
export const lockOut = (name: string): string => `ALTER ROLE ${escapeIdentifier(name)} NOLOGIN PASSWORD NULL`;

/** Moves everything that a role owns in this database. */
export const reassign = (name: string, owner: string): string =>
  `REASSIGN OWNED BY ${escapeIdentifier(name)} TO ${escapeIdentifier(owner)}`;
