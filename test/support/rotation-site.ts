import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Versions } from '../../lib/core/ports.ts';
import { type EmbeddedPostgres, startPostgres } from '../../lib/local/embedded-postgres.ts';
import { keyturn, type Ran, type RunOptions } from './command.ts';
import { versionsIn } from './site-versions.ts';

export const SECRET = 'production/database/orders';
/** Found in no file but the encrypted store and the consumers' copies. */
export const FIRST_PASSWORD = 'canary-0123456789-first-value-of-orders';

/** A folder with keyturn.yaml and a database with one login, as a user would have them before the first rotation. */
export interface Site {
  readonly folder: string;
  readonly postgres: EmbeddedPostgres;
  readonly envFile: string;
  run(args: readonly string[], options?: Partial<RunOptions>): Promise<Ran>;
  login(user: string, password: string): Promise<Client>;
  /** Runs a query as superuser in the database. */
  rows(text: string): Promise<readonly Record<string, unknown>[]>;
  /** Login and password in the consumer's env file. */
  consumersLogin(): { readonly user: string; readonly password: string };
  /** What the backend holds of the secret. */
  versions(): Promise<Versions>;
  strike(): Promise<void>;
}

export const URL_TEMPLATE = 'postgresql://{username:url}:{password:url}@{host}:{port}/{database}';

export interface SiteOptions {
  readonly classification: string;
  /** Lines of YAML for `restart:` and `verify:` of the one consumer. */
  readonly consumer: string;
  /** YAML of how the one consumer gets its copy; an env file when absent. */
  readonly propagate?: string;
  /** Further top-level YAML. */
  readonly more?: string;
  /** YAML of the one backend. */
  readonly backend?: string;
}

export async function setUpSite({
  classification,
  consumer,
  propagate = `{ use: env-file, path: orders.env, data: { DATABASE_URL: "${URL_TEMPLATE}" } }`,
  more = '',
  backend = '{ use: local }',
}: SiteOptions): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-site-'));
  const postgres = await startPostgres();
  const envFile = join(folder, 'orders.env');
  const login = async (user: string, password: string, database = 'orders') => {
    const client = new Client({ host: postgres.host, port: postgres.port, user, password, database });
    // A session that the server ends on purpose; a query on it still rejects.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const rows = async (text: string, database = 'orders') => {
    const client = await login(postgres.superuser.user, postgres.superuser.password, database);
    const result = await client.query(text);
    await client.end();
    return result.rows;
  };
  await rows(`CREATE ROLE orders LOGIN PASSWORD '${FIRST_PASSWORD}'`, 'postgres');
  await rows('CREATE DATABASE orders OWNER orders', 'postgres');
  const owner = await login('orders', FIRST_PASSWORD);
  await owner.query('CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, item text)');
  await owner.end();
  writeFileSync(envFile, `DATABASE_URL=postgresql://orders:${FIRST_PASSWORD}@127.0.0.1:${postgres.port}/orders\n`);
  writeFileSync(
    join(folder, 'keyturn.yaml'),
    yaml(postgres.port, classification, `${propagate}\n${consumer}`, more, backend),
  );
  const run: Site['run'] = (args, options) => keyturn(args, { cwd: folder, ...options });
  await putFirst(run, postgres);
  return {
    folder,
    postgres,
    envFile,
    run,
    login,
    rows,
    consumersLogin: () => loginIn(readFileSync(envFile, 'utf8')),
    versions: () => versionsIn(folder, SECRET),
    strike: async () => {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function putFirst(run: Site['run'], { superuser }: EmbeddedPostgres): Promise<void> {
  const admin = { username: superuser.user, password: superuser.password };
  const puts = [
    await run(['put', `${SECRET}-admin`], { stdin: JSON.stringify(admin) }),
    await run(['put', SECRET], { stdin: JSON.stringify({ username: 'orders', password: FIRST_PASSWORD }) }),
  ];
  for (const { code, stderr } of puts) if (code !== 0) throw new Error(`put ended with ${code}: ${stderr}`);
}

function loginIn(text: string) {
  const [, user = '', password = ''] = /postgresql:\/\/([^:]+):([^@]+)@/.exec(text) ?? [];
  return { user, password: decodeURIComponent(password) };
}

const yaml = (port: number, classification: string, consumer: string, more: string, backend: string) => `version: 1
organization: test
environments: { production: {} }
backends: { store: ${backend} }
${more}
secrets:
  ${SECRET}:
    type: postgresql
    classification: ${classification}
    owner: orders-team
    target: { host: 127.0.0.1, port: ${port}, database: orders, sslMode: disable, connectTimeoutSeconds: 2, admin: { secret: ${SECRET}-admin }, roles: [orders_a, orders_b], owner: orders_owner }
    consumers:
      - name: orders-api
        propagate: ${consumer}
  ${SECRET}-admin: { type: external, classification: CRITICAL, owner: dba-team }
`;
