import { WITH_NAMES } from './dual-names.ts';

/**
 * Everything below the database that can carry a grant: how GRANT names it, its owner, its access list.
 * Temporary tables go with their session.
 */
const GRANTABLE = `
  SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, oid::regclass::text AS name, '' AS part, relowner AS owner, relacl AS acl
    FROM pg_class WHERE relacl IS NOT NULL AND relpersistence <> 't'
  UNION ALL SELECT 'TABLE', attrelid::regclass::text, format(' (%I)', attname), relowner, attacl
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE attacl IS NOT NULL AND NOT attisdropped
  UNION ALL SELECT 'SCHEMA', quote_ident(nspname), '', nspowner, nspacl FROM pg_namespace
  UNION ALL SELECT 'ROUTINE', oid::regprocedure::text, '', proowner, proacl FROM pg_proc WHERE proacl IS NOT NULL
  UNION ALL SELECT 'TYPE', format_type(oid, NULL), '', typowner, typacl FROM pg_type WHERE typacl IS NOT NULL
  UNION ALL SELECT 'LANGUAGE', quote_ident(lanname), '', lanowner, lanacl FROM pg_language
  UNION ALL SELECT 'FOREIGN DATA WRAPPER', quote_ident(fdwname), '', fdwowner, fdwacl FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'FOREIGN SERVER', quote_ident(srvname), '', srvowner, srvacl FROM pg_foreign_server
  UNION ALL SELECT 'LARGE OBJECT', oid::text, '', lomowner, lomacl FROM pg_largeobject_metadata
  UNION ALL SELECT 'TABLESPACE', quote_ident(spcname), '', spcowner, spcacl FROM pg_tablespace
  UNION ALL SELECT 'DATABASE', quote_ident(datname), '', datdba, datacl FROM pg_database WHERE datname = current_database()`;

/** What was granted to the login by name, granted to the owner role too; what the login owns moves whole instead. */
const GRANTS = `${WITH_NAMES}, o AS (${GRANTABLE})
  SELECT format('GRANT %s ON %s %s TO %I%s', string_agg(g.privilege_type || o.part, ', ' ORDER BY g.privilege_type, o.part),
      o.kind, o.name, n.owner_name, CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS sql,
    bool_and(pg_has_role(o.owner, 'USAGE') OR EXISTS (SELECT FROM aclexplode(o.acl) h
      WHERE h.is_grantable AND h.privilege_type = g.privilege_type AND pg_has_role(h.grantee, 'USAGE'))) AS may
  FROM n, o, aclexplode(o.acl) g
  WHERE g.grantee = n.previous AND o.owner NOT IN (n.previous, coalesce(n.owner, 0))
    AND NOT EXISTS (SELECT FROM aclexplode(o.acl) h
      WHERE h.grantee = n.owner AND h.privilege_type = g.privilege_type AND h.is_grantable >= g.is_grantable)
  GROUP BY o.kind, o.name, n.owner_name, g.is_grantable ORDER BY o.kind DESC, o.name`;

/** What the login was a member of. The options of a membership exist since PostgreSQL 16. */
const MEMBERSHIPS = `${WITH_NAMES}, m AS (
    SELECT roleid, member, admin_option, to_jsonb(a) ->> 'inherit_option' AS inherits, to_jsonb(a) ->> 'set_option' AS sets
    FROM pg_auth_members a)
  SELECT format('GRANT %I TO %I', r.rolname, n.owner_name) ||
      CASE WHEN m.inherits IS NULL THEN CASE WHEN m.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END
      ELSE format(' WITH ADMIN %s, INHERIT %s, SET %s', upper(m.admin_option::text), upper(m.inherits), upper(m.sets)) END AS sql,
    a.rolsuper OR pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')
      OR (a.rolcreaterole AND NOT r.rolsuper AND m.inherits IS NULL) AS may
  FROM n JOIN m ON m.member = n.previous JOIN pg_roles r ON r.oid = m.roleid, pg_roles a
  WHERE a.rolname = current_user AND r.rolname <> n.owner_name
    AND NOT EXISTS (SELECT FROM m h WHERE h.member = n.owner AND h.roleid = m.roleid AND h.admin_option >= m.admin_option
      AND (h.inherits, h.sets) IS NOT DISTINCT FROM (m.inherits, m.sets))
  ORDER BY r.rolname`;

/** A policy for the login by name would show the owner role no rows. */
const POLICIES = `${WITH_NAMES}
  SELECT format('ALTER POLICY %I ON %s TO %s, %I', p.polname, p.polrelid::regclass, string_agg(quote_ident(r.rolname), ', ' ORDER BY r.rolname),
      n.owner_name) AS sql,
    pg_has_role(c.relowner, 'USAGE') AS may
  FROM n, pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_roles r ON r.oid = ANY(p.polroles)
  WHERE n.previous = ANY(p.polroles) AND NOT coalesce(n.owner = ANY(p.polroles), false)
  GROUP BY p.oid, p.polname, p.polrelid, n.owner_name, c.relowner ORDER BY p.oid`;

/** Queries for the statements that make the owner role the heir of the login; none of them finds anything once they have run. */
export const ADOPTION: readonly string[] = [GRANTS, MEMBERSHIPS, POLICIES];
