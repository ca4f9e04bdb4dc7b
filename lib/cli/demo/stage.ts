import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { Secret } from '../../core/secret.ts';
import { type EmbeddedPostgres, startPostgres } from '../../local/embedded-postgres.ts';
import { freePort } from '../../local/free-port.ts';
import { createOperatorKey } from '../../local/operators.ts';
import { demoConfig } from './config.ts';

export const SECRET = 'production/database/orders';
export const SERVICES = ['shop', 'billing'] as const;

/** Who approves in this demo: the roles that the policy asks for a secret of class HIGH. */
export const APPROVERS = ['sam', 'max'] as const;

/** Everything that is there before Keyturn comes: a server, a database with one login, two services that use it. */
export interface Stage {
  readonly folder: string;
  readonly postgres: EmbeddedPostgres;
  readonly ports: readonly number[];
  readonly configFile: string;
  readonly admin: Secret;
  readonly first: Secret;
  keyFile(person: string): string;
  strike(): Promise<void>;
}

export async function setStage(folder: string): Promise<Stage> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const keyFile = (person: string) => join(folder, `${person}.key`);
  const operators = Object.fromEntries(APPROVERS.map((person) => [person, createOperatorKey(keyFile(person))]));
  const postgres = await startPostgres();
  const admin = Secret.of({ username: postgres.superuser.user, password: postgres.superuser.password });
  const first = Secret.of({ username: 'orders', password: randomBytes(24).toString('base64url') });
  await createDatabase(postgres, admin, first);
  const ports = [await freePort(), await freePort()];
  const configFile = join(folder, 'keyturn.yaml');
  writeFileSync(configFile, demoConfig({ port: postgres.port, ports, operators }));
  const services = await Promise.all(
    SERVICES.map((name, index) => startService(folder, name, ports[index] ?? 0, postgres, first)),
  );
  return {
    folder,
    postgres,
    ports,
    configFile,
    admin,
    first,
    keyFile,
    strike: async () => {
      for (const service of services) service.disconnect();
      await Promise.all(services.map((service) => once(service, 'exit')));
      await postgres.stop();
    },
  };
}

/** One role with one password owns everything: the state that Keyturn takes over. */
async function createDatabase(postgres: EmbeddedPostgres, admin: Secret, first: Secret): Promise<void> {
  const { username = '', password = '' } = first.reveal();
  const server = await login(postgres, admin, 'postgres');
  await server.query(`CREATE ROLE ${pg.escapeIdentifier(username)} LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
  await server.query(`CREATE DATABASE orders OWNER ${pg.escapeIdentifier(username)}`);
  await server.end();
  const owner = await login(postgres, first, 'orders');
  await owner.query(
    'CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item text, at timestamptz DEFAULT now())',
  );
  await owner.end();
}

/** Logs in as anyone would: the demo's own eyes, without Keyturn. */
export async function login(
  { host, port }: EmbeddedPostgres,
  credential: Secret,
  database: string,
): Promise<pg.Client> {
  const { username, password } = credential.reveal();
  const client = new pg.Client({ host, port, database, user: username, password, application_name: 'demo' });
  await client.connect();
  return client;
}

async function startService(
  folder: string,
  name: string,
  port: number,
  { host, port: server }: EmbeddedPostgres,
  first: Secret,
): Promise<ChildProcess> {
  const { username = '', password = '' } = first.reveal();
  const envFile = join(folder, `${name}.env`);
  writeFileSync(envFile, `# ${name}\nDATABASE_URL=postgresql://${username}:${password}@${host}:${server}/orders\n`, {
    mode: 0o600,
  });
  const service = fork(process.argv[1] ?? '', ['demo-service', envFile, String(port), name], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(service, 'message');
  return service;
}
