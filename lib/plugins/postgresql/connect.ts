import { Client } from 'pg';
import { RotationError } from '../../core/errors.ts';
import type { PluginDeps } from '../../core/ports.ts';
import type { Login } from '../logins/login.ts';
import { trustOf } from '../logins/server-trust.ts';
import { type PostgresqlServer, type PostgresqlTarget, roleAt, type ServerAddress } from './target.ts';

/** What every part needs: where the server is, and what the host gave. */
export interface ServerContext {
  readonly target: PostgresqlServer;
  readonly deps: PluginDeps;
}

/** The same with the roles that Keyturn itself alters. */
export interface Context extends ServerContext {
  readonly target: PostgresqlTarget;
}

/** Beyond this an answer is not worth waiting for; the server gives up a little earlier and undoes what it did. */
const QUERY_TIMEOUT_MS = 45_000;

/**
 * Opens a session at the configured address.
 *
 * @throws the driver's own error, for the caller to judge; TargetNotPrepared when the server asked for no password
 */
export async function connect(
  { target, deps }: { readonly target: ServerAddress; readonly deps: Pick<PluginDeps, 'baseDir'> },
  { username, password }: Login,
): Promise<Client> {
  let asked = false;
  const client = new Client({
    host: target.host,
    port: target.port,
    database: target.database,
    user: username,
    password: () => {
      asked = true;
      return password;
    },
    ssl: await trustOf(target, deps.baseDir),
    application_name: 'keyturn',
    connectionTimeoutMillis: target.connectTimeoutSeconds * 1000,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // A connection that is lost rejects the query that is under way or the next one: nothing more is to be done here.
  client.on('error', () => undefined);
  await client.connect();
  if (asked) return client;
  await client.end();
  const detail = 'the server asks for no password, so a login proves nothing: use scram-sha-256 in pg_hba.conf';
  throw new RotationError('TargetNotPrepared', { subject: roleAt(username, target), detail });
}
