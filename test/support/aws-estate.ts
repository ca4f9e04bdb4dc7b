import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedPostgres, startPostgres } from '../../lib/local/embedded-postgres.ts';
import { type AwsConsumer, startAwsConsumer } from './aws-consumer.ts';
import { CANARY } from './leak.ts';
import { type Localstack, startLocalstack } from './localstack.ts';
import { root } from './sources.ts';

/** As in examples/postgresql/keyturn.yaml. The emulator takes a key id of twelve digits for the account. */
export const ACCOUNT = '111122223333';
export const REGION = 'eu-west-1';
export const SECRET = 'production/database/orders';

/** The first password: a value that could be told from any other in a log. */
export const FIRST_PASSWORD = CANARY;

/** The example, with a real PostgreSQL and a real consumer, in an account of its own on the emulator. */
export interface AwsEstate {
  readonly folder: string;
  readonly configFile: string;
  readonly endpoint: string;
  /** What every client of this account needs in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly postgres: EmbeddedPostgres;
  readonly consumer: AwsConsumer;
  /** Logs in, and out again. */
  login(user: string, password: string): Promise<void>;
  /** Writes keyturn.yaml anew, with more replaced in the example's text. */
  configure(...replacements: readonly (readonly [string, string])[]): void;
  /** The CDK CLI as its users call it, at the root of the project. @throws with its last words unless it ends with 0 */
  cdk(...args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export async function startAwsEstate(): Promise<AwsEstate> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-aws-'));
  const [localstack, postgres] = await Promise.all([startLocalstack(), startPostgres()]);
  await populate(postgres);
  const { host, port } = postgres;
  const database = { host, port, database: 'orders' };
  const { endpoint } = localstack;
  const consumer = await startAwsConsumer({ endpoint, region: REGION, secret: SECRET, entry: SECRET, database });
  const configFile = join(folder, 'keyturn.yaml');
  const env = { ...environment(localstack), KEYTURN_CONFIG: configFile };
  const configure: AwsEstate['configure'] = (...more) => {
    const here = [
      ['host: db.internal', `host: ${host}\n      port: ${port}`],
      // The bundled server has no certificate; everything else stays as the example has it.
      ['sslMode: verify-full', 'sslMode: disable'],
      ['http://orders-api.internal:8080', consumer.origin],
    ] as const;
    writeFileSync(configFile, [...here, ...more].reduce(replaced, example()));
  };
  configure();
  return {
    folder,
    configFile,
    endpoint,
    env,
    postgres,
    consumer,
    login: async (user, password) => {
      const client = new Client({ ...database, user, password });
      await client.connect();
      await client.end();
    },
    configure,
    cdk: (...args) => cdk(args, env),
    close: async () => {
      await consumer.close();
      await Promise.all([localstack.stop(), postgres.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const example = () => readFileSync(join(root, 'examples/postgresql/keyturn.yaml'), 'utf8');

function replaced(text: string, [from, to]: readonly [string, string]): string {
  if (!text.includes(from)) throw new Error(`the example has no ${from}`);
  return text.replaceAll(from, to);
}

/** One login that owns what it made, as one finds it before the first rotation. */
async function populate({ host, port, superuser }: EmbeddedPostgres): Promise<void> {
  const run = async (user: string, password: string, database: string, statements: readonly string[]) => {
    const client = new Client({ host, port, user, password, database });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  const literal = FIRST_PASSWORD.replaceAll("'", "''").replaceAll('\\', '\\\\');
  await run(superuser.user, superuser.password, 'postgres', [
    `CREATE ROLE orders LOGIN PASSWORD E'${literal}'`,
    'CREATE DATABASE orders OWNER orders',
  ]);
  await run('orders', FIRST_PASSWORD, 'orders', [
    'CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY, item text)',
  ]);
}

const environment = ({ endpoint }: Localstack) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ACCESS_KEY_ID: ACCOUNT,
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  CDK_DISABLE_CLI_TELEMETRY: 'true',
});

function cdk(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [join(root, 'node_modules/.bin/cdk'), ...args, '--no-notices', '--ci'], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  return new Promise((done, fail) => {
    child.once('error', fail).once('close', (code) => {
      if (code === 0) done(said);
      else fail(new Error(`cdk ${args.join(' ')} ended with ${code}:\n${said.slice(-4000)}`));
    });
  });
}
