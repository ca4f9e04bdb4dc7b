import { WITH_NAMES } from './dual-names.ts';

/** What default privileges are for: the letter of the catalogue, and the word of the statement. */
const KINDS = `kinds(letter, word) AS (
  VALUES ('r'::"char", 'TABLES'), ('S', 'SEQUENCES'), ('f', 'ROUTINES'), ('T', 'TYPES'), ('n', 'SCHEMAS'))`;

const IN_SCHEMA = `CASE WHEN d.defaclnamespace = 0 THEN '' ELSE format(' IN SCHEMA %I', s.nspname) END`;
const GRANTEE = `CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE format('%I', r.rolname) END`;
const OPTION = `CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END`;

/** A pool that resets its session may create things as the login itself: the owner role has every right on those. */
const OWN = `${WITH_NAMES}, ${KINDS}
  SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT ALL ON %s TO %I', login.name, k.word, n.owner_name) AS sql, true AS may
  FROM n, kinds k, LATERAL (VALUES (n.previous_name, n.previous), (n.next_name, n.next)) login(name, oid)
  WHERE NOT EXISTS (SELECT FROM pg_default_acl d, aclexplode(d.defaclacl) g
    WHERE d.defaclrole = login.oid AND d.defaclnamespace = 0 AND d.defaclobjtype = k.letter AND g.grantee = n.owner)
  ORDER BY login.name, k.word`;

/** What others were to get on the login's future objects, they get on the owner role's. */
const BEQUEATHED = `${WITH_NAMES}, ${KINDS}
  SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s GRANT %s ON %s TO %s%s', n.owner_name, ${IN_SCHEMA},
      string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type), k.word, ${GRANTEE}, ${OPTION}) AS sql, true AS may
  FROM n JOIN pg_default_acl d ON d.defaclrole = n.previous JOIN kinds k ON k.letter = d.defaclobjtype
    LEFT JOIN pg_namespace s ON s.oid = d.defaclnamespace CROSS JOIN LATERAL aclexplode(d.defaclacl) g
    LEFT JOIN pg_roles r ON r.oid = g.grantee
  WHERE g.grantee NOT IN (n.previous, coalesce(n.owner, 0))
    AND NOT EXISTS (SELECT FROM aclexplode(coalesce(
        (SELECT h.defaclacl FROM pg_default_acl h WHERE h.defaclrole = n.owner
          AND h.defaclnamespace = d.defaclnamespace AND h.defaclobjtype = d.defaclobjtype),
        CASE WHEN d.defaclnamespace = 0 AND n.owner IS NOT NULL THEN acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, n.owner) END)) h
      WHERE h.grantee = g.grantee AND h.privilege_type = g.privilege_type AND h.is_grantable >= g.is_grantable)
  GROUP BY n.owner_name, d.defaclnamespace, s.nspname, k.word, g.grantee, r.rolname, g.is_grantable
  ORDER BY k.word, r.rolname`;

/** What PUBLIC was not to get on the login's future objects, it does not get on the owner role's. */
const WITHHELD = `${WITH_NAMES}, ${KINDS}
  SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE ALL ON %s FROM PUBLIC', n.owner_name, k.word) AS sql, true AS may
  FROM n JOIN pg_default_acl d ON d.defaclrole = n.previous AND d.defaclnamespace = 0
    JOIN kinds k ON k.letter = d.defaclobjtype AND k.word IN ('ROUTINES', 'TYPES')
  WHERE NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) g WHERE g.grantee = 0)
    AND NOT EXISTS (SELECT FROM pg_default_acl h WHERE h.defaclrole = n.owner AND h.defaclnamespace = 0
      AND h.defaclobjtype = d.defaclobjtype AND NOT EXISTS (SELECT FROM aclexplode(h.defaclacl) g WHERE g.grantee = 0))
  ORDER BY k.word`;

/** What the login was to get on others' future objects, the owner role gets too. */
const INHERITED = `${WITH_NAMES}, ${KINDS}
  SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s GRANT %s ON %s TO %I%s', c.rolname, ${IN_SCHEMA},
      string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type), k.word, n.owner_name, ${OPTION}) AS sql,
    pg_has_role(c.oid, 'USAGE') AS may
  FROM n, pg_default_acl d JOIN kinds k ON k.letter = d.defaclobjtype JOIN pg_roles c ON c.oid = d.defaclrole
    LEFT JOIN pg_namespace s ON s.oid = d.defaclnamespace CROSS JOIN LATERAL aclexplode(d.defaclacl) g
  WHERE g.grantee = n.previous AND d.defaclrole NOT IN (n.previous, coalesce(n.owner, 0))
    AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) h
      WHERE h.grantee = n.owner AND h.privilege_type = g.privilege_type AND h.is_grantable >= g.is_grantable)
  GROUP BY c.oid, c.rolname, d.defaclnamespace, s.nspname, k.word, n.owner_name, g.is_grantable
  ORDER BY c.rolname, k.word`;

/** Queries for the statements that settle who has which right on what is created later. */
export const DEFAULT_PRIVILEGES: readonly string[] = [WITHHELD, BEQUEATHED, INHERITED, OWN];
