import type { Client } from 'pg';
import { z } from 'zod';
import type { RotationError } from '../../core/errors.ts';
import { type Login, loginOf } from '../logins/login.ts';
import { type Context, connect, type ServerContext } from './connect.ts';
import { readFailure } from './failures.ts';
import { type PostgresqlServer, roleAt } from './target.ts';

/** A session of the admin credential, with what its role may. */
export interface Admin {
  /** Of the process that serves it. */
  readonly pid: number;
  readonly role: string;
  /** `server_version_num`, e.g. 180004. */
  readonly version: number;
  readonly superuser: boolean;
  readonly createsRoles: boolean;
  /** Runs a query with parameters and parses its rows. */
  rows<Row extends z.ZodType>(row: Row, sql: string, parameters?: readonly unknown[]): Promise<z.output<Row>[]>;
  run(sql: string): Promise<void>;
}

type Failure = (error: unknown, subject: string) => RotationError;

const self = z.object({
  pid: z.int(),
  role: z.string(),
  version: z.int(),
  superuser: z.boolean(),
  createsRoles: z.boolean(),
});

/** Names are then always written with their schema, and no function of another's making stands before PostgreSQL's own. */
const SETTLE = `
  SELECT pg_catalog.pg_backend_pid() AS pid, r.rolname AS role, r.rolsuper AS superuser, r.rolcreaterole AS "createsRoles",
    pg_catalog.current_setting('server_version_num')::int AS version,
    pg_catalog.set_config('search_path', 'pg_catalog', false),
    pg_catalog.set_config('lock_timeout', $1, false),
    pg_catalog.set_config('statement_timeout', '40s', false)
  FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`;

/** Opens the admin's session for `work` and closes it. `failure` names what the driver throws meanwhile. */
export async function asAdmin<T>(context: Context, failure: Failure, work: (admin: Admin) => Promise<T>): Promise<T> {
  const reference = context.target.admin.secret;
  const login = loginOf(await context.deps.credential(reference), reference);
  return asLogin(context, login, `admin ${roleAt(login.username, context.target)}`, failure, work);
}

/** The same for a login that is at hand; `subject` names it in errors. */
export async function asLogin<T>(
  context: ServerContext,
  login: Login,
  subject: string,
  failure: Failure,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const client = await open(context, login, subject);
  try {
    return await work(await settle(client, context.target));
  } catch (error) {
    throw failure(error, subject);
  } finally {
    await client.end();
  }
}

async function open(context: ServerContext, login: Login, subject: string): Promise<Client> {
  try {
    return await connect(context, login);
  } catch (error) {
    throw readFailure(error, subject);
  }
}

async function settle(client: Client, { lockTimeoutSeconds }: PostgresqlServer): Promise<Admin> {
  const { rows } = await client.query(SETTLE, [`${Math.ceil(lockTimeoutSeconds * 1000)}ms`]);
  return {
    ...self.parse(rows[0]),
    rows: async (row, sql, parameters = []) => z.array(row).parse((await client.query(sql, [...parameters])).rows),
    run: async (sql) => {
      await client.query(sql);
    },
  };
}

/** All of `work` or nothing of it. */
export async function transaction<T>(admin: Admin, work: () => Promise<T>): Promise<T> {
  await admin.run('BEGIN');
  try {
    const result = await work();
    await admin.run('COMMIT');
    return result;
  } catch (error) {
    // Where the session is lost, the server undoes it by itself; the first error is the one to tell.
    await admin.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
