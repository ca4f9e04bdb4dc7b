/**
 * How long a whole rotation takes beside the least that any rotation must do: `ALTER ROLE ... PASSWORD` and one login.
 * Run: node --import tsx bench/rotation.ts [rounds]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { versionIdOf } from '../lib/core/names.ts';
import { refOf } from '../lib/core/run.ts';
import { Secret } from '../lib/core/secret.ts';
import { type EmbeddedPostgres, startPostgres } from '../lib/local/embedded-postgres.ts';
import { type Local, openLocal } from '../lib/local/local.ts';
import { admit } from '../lib/local/requests.ts';
import { drive } from '../lib/local/settle.ts';
import { builtIn } from '../lib/runtime/catalog.ts';

const ROUNDS = Number(process.argv[2] ?? 10);
const SECRET = 'bench/database/orders';

const config = (port: number) => `version: 1
organization: bench
environments: { bench: {} }
backends: { local: { use: local } }
secrets:
  ${SECRET}:
    type: postgresql
    classification: LOW
    owner: bench
    target: { host: 127.0.0.1, port: ${port}, database: bench, sslMode: disable, admin: { secret: ${SECRET}-admin }, roles: [bench_a, bench_b], owner: bench_owner }
    consumers:
      - name: app
        propagate: { use: env-file, path: app.env, data: { PASSWORD: "{password}" } }
        verify: [{ use: postgresql-login }]
  ${SECRET}-admin: { type: external, classification: LOW, owner: bench }
`;

async function put(local: Local, secretId: string, value: Secret): Promise<void> {
  const { config: read, open } = local.deps();
  const entry = read.secrets.get(secretId);
  if (entry === undefined) throw new Error(secretId);
  const backend = await open.backend(entry);
  const version = versionIdOf(secretId, 'put:bench', 1);
  await backend.stage(refOf(entry), version, value);
  await backend.promote(refOf(entry), version, undefined);
}

async function connect(
  { host, port }: EmbeddedPostgres,
  user: string,
  password: string,
  database: string,
): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  return client;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function bare(postgres: EmbeddedPostgres, round: number): Promise<void> {
  const { user, password } = postgres.superuser;
  const admin = await connect(postgres, user, password, 'bench');
  await admin.query(`ALTER ROLE bare PASSWORD 'bare-${round}'`);
  await admin.end();
  await (await connect(postgres, 'bare', `bare-${round}`, 'bench')).end();
}

async function whole(local: Local): Promise<void> {
  const admitted = await admit(local, { secretId: SECRET, reason: 'bench', claim: {} });
  const quiet = { approvals: false, onEvent: () => undefined, onHeld: () => undefined, onQuestion: () => undefined };
  const [settled] = await drive(local, [admitted], quiet);
  if (settled?.record?.status !== 'COMMITTED') throw new Error(`the rotation ended ${settled?.record?.status}`);
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-bench-'));
  const postgres = await startPostgres();
  const { user, password } = postgres.superuser;
  const admin = await connect(postgres, user, password, 'postgres');
  await admin.query("CREATE ROLE bench LOGIN PASSWORD 'bench'");
  await admin.query("CREATE ROLE bare LOGIN PASSWORD 'bare'");
  await admin.query('CREATE DATABASE bench OWNER bench');
  await admin.end();
  writeFileSync(join(folder, 'keyturn.yaml'), config(postgres.port));
  const local = openLocal({
    configFile: join(folder, 'keyturn.yaml'),
    dataDir: join(folder, 'data'),
    catalog: builtIn,
  });
  await put(local, `${SECRET}-admin`, Secret.of({ username: user, password }));
  await put(local, SECRET, Secret.of({ username: 'bench', password: 'bench' }));
  const [baseline, rotation]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    baseline.push(await timed(() => bare(postgres, round)));
    rotation.push(await timed(() => whole(local)));
  }
  local.close();
  await postgres.stop();
  rmSync(folder, { recursive: true });
  const [least, full] = [median(baseline), median(rotation)];
  console.log(`rounds ${ROUNDS}, medians`);
  console.log(`ALTER ROLE and a login   ${least.toFixed(1)} ms   1.0`);
  console.log(`whole rotation           ${full.toFixed(1)} ms   ${(full / least).toFixed(1)}`);
}

await main();
