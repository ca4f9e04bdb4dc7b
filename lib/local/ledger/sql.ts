import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { z } from 'zod';
import { errorCode, RotationError } from '../../core/errors.ts';
import { migrate } from './schema.ts';

type SqlValue = string | number | null;

/** One connection. Every failure leaves as `LedgerUnavailable` with the file's path. */
export interface Sql {
  /** Runs a statement; how many rows it changed. */
  run(statement: string, ...values: readonly SqlValue[]): number;
  /** The first column of each row. */
  values(query: string, ...values: readonly SqlValue[]): unknown[];
  /** The first column of each row as the document that it holds. */
  docs<T>(schema: z.ZodType<T>, query: string, ...values: readonly SqlValue[]): T[];
  /** Rows of several columns. */
  rows<T>(schema: z.ZodType<T>, query: string, ...values: readonly SqlValue[]): T[];
  /** Several statements without values. */
  script(statements: string): void;
  /** All of `work` or nothing of it, alone among all writers of the file. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** Other writers hold the file for milliseconds; longer than this, something is wrong. */
const BUSY_MS = 10_000;

/** Opens the database file, makes it (0600, in a directory of 0700) where there is none, and brings its tables up to date. */
export function openSql(file: string): Sql {
  const named = naming(file);
  return named(() => {
    createPrivately(file);
    const database = new Database(file, { timeout: BUSY_MS });
    const sql = connection(database, named);
    sql.script('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    migrate(sql, file);
    return sql;
  });
}

function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

type Naming = <T>(work: () => T) => T;

/** By SQLite's primary result code, or the file system's. */
const REASONS: Readonly<Record<string | number, string>> = {
  5: `another process held it for more than ${BUSY_MS / 1000} seconds`,
  8: 'the file or its directory is read-only',
  10: 'the disk refuses to read or write',
  11: 'the file is damaged',
  13: 'the disk is full',
  14: 'the file cannot be opened',
  26: 'the file is no database',
  EACCES: 'this user has no access',
  EROFS: 'the disk is read-only',
};

function reasonOf(error: unknown): string | undefined {
  if (error instanceof z.ZodError) return 'a record in it has another shape';
  const sqlite = error instanceof Database.SqliteError ? error.rawCode : undefined;
  return REASONS[sqlite === undefined ? (errorCode(error) ?? '') : sqlite & 0xff];
}

/** No error of SQLite or the file system leaves by itself: it is named, with the path, what is known and the code. */
function naming(file: string): Naming {
  return (work) => {
    try {
      return work();
    } catch (error) {
      if (error instanceof RotationError) throw error;
      const [detail, code] = [reasonOf(error), errorCode(error)];
      throw new RotationError('LedgerUnavailable', {
        subject: `ledger ${file}`,
        ...(detail && { detail }),
        ...(code && { code }),
      });
    }
  };
}

function connection(database: Database.Database, named: Naming): Sql {
  const prepared = new Map<string, Database.Statement>();
  const prepare = (statement: string) => {
    const known = prepared.get(statement) ?? database.prepare(statement);
    prepared.set(statement, known);
    return known;
  };
  const rows = (query: string, values: readonly SqlValue[]) => named(() => prepare(query).all(values));
  const values = (query: string, ...bound: readonly SqlValue[]) => rows(query, bound).map(firstColumn);
  return {
    run: (statement, ...bound) => named(() => prepare(statement).run(bound).changes),
    values,
    docs: (schema, query, ...bound) =>
      named(() => values(query, ...bound).map((doc) => schema.parse(JSON.parse(String(doc))))),
    rows: (schema, query, ...bound) => named(() => rows(query, bound).map((row) => schema.parse(row))),
    script: (statements) => named(() => void database.exec(statements)),
    transaction: (work) => named(() => transaction(database, work)),
    close: () => void database.close(),
  };
}

const firstColumn = (row: unknown): unknown =>
  typeof row === 'object' && row !== null ? Object.values(row)[0] : undefined;

/** The library's own would hide the error behind that of its rollback when SQLite has rolled back already, as for a full disk. */
function transaction<T>(database: Database.Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
