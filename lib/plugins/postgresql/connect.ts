import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { errorCode, RotationError } from '../../core/errors.ts';
import type { PluginDeps } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { type PostgresqlTarget, roleAt } from './target.ts';

/** What every part needs: where the server is, and what the host gave. */
export interface Context {
  readonly target: PostgresqlTarget;
  readonly deps: PluginDeps;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Beyond this an answer is not worth waiting for; the server gives up a little earlier and undoes what it did. */
const QUERY_TIMEOUT_MS = 45_000;

/** The two fields of a credential; other fields, such as a host, are not looked at. @throws InputInvalid when one is missing */
export function loginOf(value: Secret, subject: string): Login {
  const [username, password] = [value.field('username'), value.field('password')];
  if (username && password) return { username, password };
  throw new RotationError('InputInvalid', { subject, detail: 'expected the fields username and password' });
}

/**
 * Opens a session at the configured address.
 *
 * @throws the driver's own error, for the caller to judge; TargetNotPrepared when the server asked for no password
 */
export async function connect({ target, deps }: Context, { username, password }: Login): Promise<Client> {
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
    ssl: await tls(target, deps.baseDir),
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

async function tls({ sslMode, caFile }: PostgresqlTarget, baseDir: string): Promise<ClientConfig['ssl']> {
  if (sslMode === 'disable') return false;
  if (sslMode === 'require') return { rejectUnauthorized: false };
  return caFile === undefined ? { rejectUnauthorized: true } : { ca: await readCa(resolve(baseDir, caFile)) };
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    throw new RotationError('StorageFailed', { subject: `CA file ${path}`, ...(code && { code }) });
  }
}
