import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import pg from 'pg';

/**
 * A service as one finds it in the field: it reads its credential from an env file when it starts and when it is told
 * to reload, keeps a connection pool, and reports which version it uses. It knows nothing of Keyturn but the marker line.
 */
export async function runService(envFile: string, port: number, name: string): Promise<void> {
  let current = connect(envFile, name);
  let reloads = true;
  const routes: Record<string, (reply: ServerResponse) => Promise<void>> = {
    'GET /work': (reply) => busyWith(current, work(current.pool, reply)),
    'GET /versions': async (reply) => send(reply, 200, { versions: current.versions }),
    'POST /reload': async (reply) => {
      const old = current;
      if (reloads) current = connect(envFile, name);
      send(reply, 200, { reloaded: true });
      if (current !== old) await endWhenDone(old);
    },
    // The bug of the second act: the service says that it reloaded, and keeps its old pool.
    'POST /break-reload': async (reply) => {
      reloads = false;
      send(reply, 200, { reloads });
    },
  };
  const server = createServer((request, reply) => {
    const route = routes[`${request.method} ${request.url}`];
    if (route === undefined) return send(reply, 404, { error: 'no such route' });
    route(reply).catch((error: unknown) =>
      send(reply, 500, { error: error instanceof Error ? error.name : 'unknown' }),
    );
  });
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  process.send?.('ready');
  process.once('disconnect', () => process.exit(0));
}

async function busyWith({ busy }: Connected, request: Promise<void>): Promise<void> {
  busy.add(request);
  await request.finally(() => busy.delete(request));
}

/** A pool that is ended forgets the queries that wait for a connection: those are answered first. */
async function endWhenDone({ pool, busy }: Connected): Promise<void> {
  await Promise.allSettled(busy);
  await pool.end();
}

interface Connected {
  readonly pool: pg.Pool;
  readonly busy: Set<Promise<void>>;
  readonly versions: Readonly<Record<string, string>>;
}

function connect(envFile: string, name: string): Connected {
  const env = parseEnv(readFileSync(envFile, 'utf8'));
  const pool = new pg.Pool({ connectionString: env.DATABASE_URL, application_name: name, max: 5 });
  // A session that the server ends while it idles is replaced at the next request.
  pool.on('error', () => undefined);
  const version = env.KEYTURN_VERSION_PRODUCTION_DATABASE_ORDERS;
  return { pool, busy: new Set(), versions: version === undefined ? {} : { 'production/database/orders': version } };
}

const parseEnv = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, key = '', value = ''] = /^([A-Z0-9_]+)=(?:'|")?(.*?)(?:'|")?$/.exec(line) ?? [];
      return key === '' ? [] : [[key, value]];
    }),
  );

/** SQLSTATE class 28: the login was refused. */
const isAuthentication = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  typeof error.code === 'string' &&
  error.code.startsWith('28');

async function work(pool: pg.Pool, reply: ServerResponse): Promise<void> {
  try {
    const { rows } = await pool.query('INSERT INTO orders (item) VALUES ($1) RETURNING id, session_user AS login', [
      'demo',
    ]);
    send(reply, 200, rows[0]);
  } catch (error) {
    send(reply, isAuthentication(error) ? 401 : 503, { error: 'the database did not take the order' });
  }
}

function send(reply: ServerResponse, status: number, body: unknown): void {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
