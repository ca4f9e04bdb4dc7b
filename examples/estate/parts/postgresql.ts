import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { Secret } from '../../../lib/core/secret.ts';
import { type EmbeddedPostgres, startPostgres } from '../../../lib/local/embedded-postgres.ts';
import type { Part } from '../part.ts';

const SECRET = 'production/database/orders';
const ADMIN = 'production/database/orders-admin';
const PORT = 47_000;

/** A real PostgreSQL in which one login owns everything. */
export async function postgresql(): Promise<Part> {
  const server = await startPostgres();
  const { user, password } = server.superuser;
  const admin = Secret.of({ username: user, password });
  const first = Secret.of({ username: 'orders', password: randomBytes(24).toString('base64url') });
  await prepare(server, admin, first);
  const { username: name = '', password: word = '' } = first.reveal();
  const env = { DATABASE_URL: `postgresql://${name}:${word}@127.0.0.1:${server.port}/orders` };
  return {
    ports: { [PORT]: server.port },
    first: { [SECRET]: first, [ADMIN]: admin },
    services: [
      { name: 'shop', secretId: SECRET, kind: 'postgresql', env, port: 47_001 },
      { name: 'billing', secretId: SECRET, kind: 'postgresql', env, port: 47_002 },
    ],
    looksAt: [SECRET],
    look: (_, value) => look(server, value),
    stop: () => server.stop(),
  };
}

async function prepare(server: EmbeddedPostgres, admin: Secret, first: Secret): Promise<void> {
  const { username = '', password = '' } = first.reveal();
  const session = await login(server, admin, 'postgres');
  await session.query(`CREATE ROLE ${pg.escapeIdentifier(username)} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
  await session.query(`CREATE DATABASE orders OWNER ${pg.escapeIdentifier(username)}`);
  await session.end();
  const owner = await login(server, first, 'orders');
  await owner.query('CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item text)');
  await owner.end();
}

async function login({ host, port }: EmbeddedPostgres, value: Secret, database: string): Promise<pg.Client> {
  const { username, password } = value.reveal();
  const client = new pg.Client({ host, port, database, user: username, password });
  await client.connect();
  return client;
}

async function look(server: EmbeddedPostgres, value: Secret): Promise<'accepted' | 'refused'> {
  try {
    await (await login(server, value, 'orders')).end();
    return 'accepted';
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code?.startsWith('28')) return 'refused';
    throw error;
  }
}
