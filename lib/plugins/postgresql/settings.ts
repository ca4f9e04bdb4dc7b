import { escapeIdentifier, escapeLiteral } from 'pg';
import { z } from 'zod';
import type { Admin } from './admin.ts';
import { type DualNames, parametersOf, WITH_NAMES } from './dual-names.ts';

/** Settings that hold a list of names, each to be quoted by itself (pg_dump keeps the same list). */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

const difference = z.object({ name: z.string(), value: z.string(), here: z.boolean(), database: z.string() });

/** Each setting of a login, for this database (`here`) or for all; other databases are not ours. */
const SETTINGS = `s AS (
  SELECT setrole, setdatabase <> 0 AS here, split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value
  FROM pg_db_role_setting, unnest(setconfig) c
  WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())))`;

/** A schema of the login's name is on its path as "$user", which for the owner role means another name. */
const pathOf = (value: string): string => `CASE WHEN EXISTS (SELECT FROM pg_namespace WHERE nspname = n.previous_name)
  THEN replace(${value}, '"$user"', quote_ident(n.previous_name)) ELSE ${value} END`;

/** What the previous login has and the next one lacks; lists are compared without their blanks and quotes. */
const OWN = `${WITH_NAMES}, ${SETTINGS}, w AS (
    SELECT n.next, s.name, s.here, CASE s.name WHEN 'search_path' THEN ${pathOf('s.value')} ELSE s.value END AS value
    FROM n JOIN s ON s.setrole = n.previous WHERE s.name <> 'role')
  SELECT w.name, w.value, w.here, current_database() AS database FROM w
  WHERE NOT EXISTS (SELECT FROM s h WHERE h.setrole = w.next AND h.here = w.here AND h.name = w.name
    AND translate(h.value, ' "', '') = translate(w.value, ' "', ''))
  ORDER BY w.here, w.name`;

/** The path that the login has from its database or from the server, where it names a schema of the login's own. */
const PATH = `${WITH_NAMES}, ${SETTINGS}, w AS (
    SELECT coalesce((SELECT value FROM s WHERE setrole = 0 AND here AND name = 'search_path'),
      (SELECT boot_val FROM pg_settings WHERE name = 'search_path')) AS value)
  SELECT 'search_path' AS name, ${pathOf('w.value')} AS value, true AS here, current_database() AS database
  FROM n, w WHERE w.value <> ${pathOf('w.value')}
    AND NOT EXISTS (SELECT FROM s WHERE s.name = 'search_path' AND s.setrole IN (n.previous, n.next))`;

/** The statements that give the next login the settings that the previous one has. */
export async function missingSettings(admin: Admin, names: DualNames): Promise<string[]> {
  const parameters = parametersOf(names);
  const missing = [
    ...(await admin.rows(difference, OWN, parameters)),
    ...(await admin.rows(difference, PATH, parameters)),
  ];
  return missing.map(({ name, value, here, database }) => assign(names.next, here ? database : undefined, name, value));
}

/** `ALTER ROLE next IN DATABASE orders SET work_mem TO '64MB'` */
export function assign(role: string, database: string | undefined, name: string, value: string): string {
  const scope = database === undefined ? '' : ` IN DATABASE ${escapeIdentifier(database)}`;
  const setting = name.split('.').map(escapeIdentifier).join('.');
  const values = LISTS.has(name) ? listItems(value).map(escapeLiteral).join(', ') : escapeLiteral(value);
  return `ALTER ROLE ${escapeIdentifier(role)}${scope} SET ${setting} TO ${values}`;
}

/** The items of `"$user", public`: any role may write its own setting, so it is taken apart and never put into a statement as it is. */
function listItems(value: string): string[] {
  return [...value.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare?.toLowerCase() ?? '',
  );
}
