import { escapeIdentifier } from 'pg';
import { z } from 'zod';
import type { Admin } from './admin.ts';
import { ADOPTION } from './adoption.ts';
import { DEFAULT_PRIVILEGES } from './default-privileges.ts';
import { type DualNames, parametersOf, WITH_NAMES } from './dual-names.ts';
import { dualObstacles } from './obstacles.ts';
import { creation, loginWith, mayAlter, memberOptions, type Roles, reach, readRoles, reassign } from './roles.ts';
import { assign, missingSettings } from './settings.ts';
import type { Step, Survey } from './survey.ts';

/** What a database lacks for two logins that alternate below one owner. */
export async function surveyDual(admin: Admin, names: DualNames): Promise<Survey> {
  const roles = await readRoles(admin, Object.values(names));
  return {
    obstacles: await dualObstacles(admin, roles, names),
    steps: [
      ...creation(admin, roles, names.owner),
      ...creation(admin, roles, names.next),
      ...[names.owner, names.next, names.previous].flatMap((name) => reach(admin, roles, name)),
      ...(await memberships(admin, roles, names)),
      ...(await found(admin, ADOPTION, names)),
      ...(await settings(admin, roles, names)),
      ...(await found(admin, DEFAULT_PRIVILEGES, names)),
      ...reassignment(admin, roles, names),
    ],
    enable: (password) => loginWith(admin, roles, names.next, password),
  };
}

const step = z.object({ sql: z.string(), may: z.boolean() });

async function found(admin: Admin, queries: readonly string[], names: DualNames): Promise<Step[]> {
  const steps: Step[] = [];
  for (const query of queries) steps.push(...(await admin.rows(step, query, parametersOf(names))));
  return steps;
}

const name = z.object({ name: z.string() });

/** A membership without its options, which PostgreSQL 16 brought, does not share the owner's rights. */
const OUTSIDERS = `${WITH_NAMES}
  SELECT login.name FROM n, LATERAL (VALUES (n.next_name, n.next), (n.previous_name, n.previous)) login(name, oid)
  WHERE NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = n.owner AND m.member = login.oid
    AND coalesce((to_jsonb(m) ->> 'inherit_option')::bool, true) AND coalesce((to_jsonb(m) ->> 'set_option')::bool, true))`;

/** With the previous login in, its running sessions keep every right when the owner role takes over what it owns. */
async function memberships(admin: Admin, roles: Roles, names: DualNames): Promise<Step[]> {
  const outsiders = await admin.rows(name, OUTSIDERS, parametersOf(names));
  const owner = escapeIdentifier(names.owner);
  const may = mayAlter(admin, roles.get(names.owner));
  return outsiders.map((login) => ({
    sql: `GRANT ${owner} TO ${escapeIdentifier(login.name)}${memberOptions(admin)}`,
    may,
  }));
}

/** In this database a login acts as the owner, so that what it creates is shared; in another one it may not be a stranger. */
const ACTS_AS_OWNER = `${WITH_NAMES}
  SELECT current_database() AS name FROM n WHERE NOT EXISTS (SELECT FROM pg_db_role_setting s
    WHERE s.setrole = n.next AND s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND s.setconfig @> ARRAY['role=' || n.owner_name])`;

async function settings(admin: Admin, roles: Roles, names: DualNames): Promise<Step[]> {
  const [database] = await admin.rows(name, ACTS_AS_OWNER, parametersOf(names));
  const statements = [
    ...(await missingSettings(admin, names)),
    ...(database === undefined ? [] : [assign(names.next, database.name, 'role', names.owner)]),
  ];
  return statements.map((sql) => ({ sql, may: mayAlter(admin, roles.get(names.next)) }));
}

/** Last, as it locks what it moves until the transaction ends. */
function reassignment(admin: Admin, roles: Roles, names: DualNames): Step[] {
  const owners = [names.previous, names.next].filter((login) => roles.get(login)?.ownsHere);
  return owners.map((login) => ({
    sql: reassign(login, names.owner),
    may: mayAlter(admin, roles.get(login)),
  }));
}
