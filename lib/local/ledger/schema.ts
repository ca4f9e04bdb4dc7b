import { RotationError } from '../../core/errors.ts';
import type { Sql } from './sql.ts';

/**
 * The tables. A record is one JSON document and its columns are computed from it, so that what is looked up can never
 * differ from what is said. `seq` gives the order: clocks may be set back.
 *
 * One entry per version; a released entry is never changed, the next one is appended.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE requests (
    doc TEXT NOT NULL,
    ticket TEXT NOT NULL AS (doc ->> '$.ticket')
  ) STRICT;
  CREATE UNIQUE INDEX requests_ticket ON requests (ticket);

  CREATE TABLE locks (
    key TEXT PRIMARY KEY,
    fence INTEGER NOT NULL,
    rotation TEXT,
    execution TEXT
  ) STRICT;
  CREATE INDEX locks_rotation ON locks (rotation);

  CREATE TABLE rotations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    doc TEXT NOT NULL,
    id TEXT NOT NULL AS (doc ->> '$.rotationId'),
    secret TEXT NOT NULL AS (doc ->> '$.secretId'),
    status TEXT NOT NULL AS (doc ->> '$.status'),
    fence INTEGER NOT NULL AS (doc ->> '$.fence'),
    started REAL NOT NULL AS (julianday(doc ->> '$.startedAt'))
  ) STRICT;
  CREATE UNIQUE INDEX rotations_id ON rotations (id);
  CREATE INDEX rotations_secret ON rotations (secret);

  CREATE TABLE evidence (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    doc TEXT NOT NULL,
    rotation TEXT NOT NULL AS (doc ->> '$.rotationId')
  ) STRICT;
  CREATE INDEX evidence_rotation ON evidence (rotation);

  CREATE TABLE approvals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    doc TEXT NOT NULL,
    id TEXT NOT NULL AS (doc ->> '$.id'),
    rotation TEXT NOT NULL AS (doc ->> '$.rotationId'),
    status TEXT NOT NULL AS (doc ->> '$.status'),
    revision INTEGER NOT NULL AS (doc ->> '$.revision')
  ) STRICT;
  CREATE UNIQUE INDEX approvals_id ON approvals (id);

  CREATE TABLE seen (key TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;

  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    doc TEXT NOT NULL,
    key TEXT NOT NULL AS (doc ->> '$.key'),
    rotation TEXT NOT NULL AS (doc ->> '$.rotationId'),
    secret TEXT NOT NULL AS (doc ->> '$.secretId')
  ) STRICT;
  CREATE UNIQUE INDEX audit_key ON audit (key);
  CREATE INDEX audit_rotation ON audit (rotation);
  CREATE INDEX audit_secret ON audit (secret);
  CREATE TABLE audit_head (one INTEGER PRIMARY KEY CHECK (one = 1), doc TEXT NOT NULL) STRICT;

  CREATE TABLE executions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    doc TEXT NOT NULL,
    name TEXT NOT NULL AS (doc ->> '$.name'),
    machine TEXT NOT NULL AS (doc ->> '$.machine'),
    status TEXT NOT NULL AS (doc ->> '$.status')
  ) STRICT;
  CREATE UNIQUE INDEX executions_name ON executions (name);

  CREATE TABLE events (
    execution TEXT NOT NULL,
    id INTEGER NOT NULL AS (doc ->> '$.id'),
    doc TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_execution ON events (execution, id);
  `,
  `
  CREATE TABLE fleets (
    doc TEXT NOT NULL,
    fleet TEXT NOT NULL AS (doc ->> '$.fleet')
  ) STRICT;
  CREATE UNIQUE INDEX fleets_fleet ON fleets (fleet);
  `,
];

/**
 * Brings a database file to this version's tables, whichever process comes first.
 *
 * @throws LedgerUnavailable for a file that a newer Keyturn wrote
 */
export function migrate(sql: Sql, file: string): void {
  if (versionOf(sql) === MIGRATIONS.length) return;
  sql.transaction(() => {
    const version = versionOf(sql);
    if (version > MIGRATIONS.length) throw tooNew(file, version);
    for (const statements of MIGRATIONS.slice(version)) sql.script(statements);
    sql.script(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}

const versionOf = (sql: Sql): number => Number(sql.values('PRAGMA user_version')[0]);

function tooNew(file: string, version: number): RotationError {
  const detail = `a newer Keyturn wrote it: its tables have version ${version}, this one knows ${MIGRATIONS.length}; use that Keyturn`;
  return new RotationError('LedgerUnavailable', { subject: `ledger ${file}`, detail });
}
