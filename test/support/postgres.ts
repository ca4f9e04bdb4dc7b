import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Client } from 'pg';
import { type PostgresOptions, startPostgres } from '../../lib/local/embedded-postgres.ts';
import { binariesIn } from '../../lib/local/embedded-postgres-binaries.ts';

export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly superuser: { readonly user: string; readonly password: string };
  stop(): Promise<void>;
}

/**
 * A real PostgreSQL: the one that KEYTURN_TEST_POSTGRES names (`postgresql://superuser:password@127.0.0.1:5432/`), else one of
 * its own, to be stopped by the caller. With options it is always one of its own.
 */
export async function testServer(options?: PostgresOptions): Promise<TestServer> {
  const running = process.env.KEYTURN_TEST_POSTGRES;
  if (running === undefined || options !== undefined) return startPostgres(options);
  const { hostname, port, username, password } = new URL(running);
  const superuser = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { host: hostname, port: Number(port || 5432), superuser, stop: async () => undefined };
}

const DEBIAN_15 = '/usr/lib/postgresql/15/bin';

/** Servers whose role rules differ: CREATEROLE and memberships changed with PostgreSQL 16. */
export const SERVERS: readonly {
  label: string;
  absent: boolean;
  /** CREATEROLE reaches only roles that are held with ADMIN. */
  scoped: boolean;
  start(): Promise<TestServer>;
}[] = [
  { label: 'PostgreSQL as bundled', absent: false, scoped: true, start: () => testServer() },
  {
    label: `PostgreSQL 15 of ${DEBIAN_15}`,
    absent: !existsSync(DEBIAN_15),
    scoped: false,
    start: () => testServer({ binaries: binariesIn(DEBIAN_15) }),
  },
];

/** A database of a test's own, and role names that no other test uses. */
export interface Sandbox {
  readonly server: TestServer;
  readonly database: string;
  /** The name of a role: unique to this sandbox. */
  role(name: string): string;
  /** Runs statements as superuser in the sandbox's database and gives the rows of the last. */
  sql(text: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** An open connection, ended by `drop` at the latest. */
  connect(user: string, password: string, application?: string): Promise<Client>;
  /** Ends its sessions, drops its database and roles. */
  drop(): Promise<void>;
}

export async function sandbox(server: TestServer): Promise<Sandbox> {
  const id = `kt${randomBytes(4).toString('hex')}`;
  const clients: Client[] = [];
  const open = async (database: string, user: string, password: string, application = 'test') => {
    const { host, port } = server;
    const client = new Client({ host, port, database, user, password, application_name: application });
    // Tests end sessions on purpose; a query on an ended one still rejects.
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const { user, password } = server.superuser;
  const root = await open('postgres', user, password);
  await root.query(`CREATE DATABASE ${id}`);
  const inside = await open(id, user, password);
  return {
    server,
    database: id,
    role: (name) => `${id}_${name}`,
    sql: async (text, parameters = []) => rowsOf(await inside.query(text, [...parameters])),
    connect: (as, withPassword, application) => open(id, as, withPassword, application),
    drop: async () => {
      await Promise.all(clients.filter((client) => client !== root).map((client) => client.end()));
      await root.query(`DROP DATABASE ${id} WITH (FORCE)`);
      const { rows } = await root.query<{ rolname: string }>(
        'SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1)',
        [id],
      );
      for (const { rolname } of rows) await root.query(`DROP OWNED BY ${rolname}; DROP ROLE ${rolname}`);
      await root.end();
    },
  };
}

const rowsOf = (result: { rows: Record<string, unknown>[] } | { rows: Record<string, unknown>[] }[]) =>
  Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows;
