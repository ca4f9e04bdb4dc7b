import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDynamoLedger } from '../../lib/aws/dynamo-ledger.ts';
import { kmsKeys } from '../../lib/aws/kms-keys.ts';
import type { Ledger } from '../../lib/core/ledger.ts';
import { type Bundles, bundleEstate } from '../../lib/infra/bundle-estate.ts';
import { estatesOf } from '../../lib/infra/estate.ts';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { readConfig } from '../../lib/runtime/read-config.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from '../support/dynamodb-local.ts';
import { type KmsServer, startKms } from '../support/kms-server.ts';
import { aRotation } from '../support/ledger-records.ts';
import { missing } from '../support/peers.ts';
import { root } from '../support/sources.ts';

const run = promisify(execFile);
const absent = missing('dynamodb');
const KEYS = { audit: 'audit', fingerprint: 'fingerprint', token: 'token' };

/** Calls a handler as the runtime of Lambda does: prints its answer, or what it threw. */
const CALL = `const [file, payload] = process.argv.slice(1);
const { handler } = await import(file);
const answer = await handler(JSON.parse(payload)).then((result) => ({ result }), ({ name, message }) => ({ name, message }));
console.error(JSON.stringify(answer));`;

describe.skipIf(absent !== undefined)(`a function on its bundle${absent === undefined ? '' : `: ${absent}`}`, () => {
  let dynamo: DynamoDbLocal;
  let kms: KmsServer;
  let ledger: Ledger;
  let bundles: Bundles;
  mkdirSync(join(root, 'dist'), { recursive: true });
  const outdir = mkdtempSync(join(root, 'dist', 'test-'));

  beforeAll(async () => {
    const baseDir = join(root, 'examples/postgresql');
    const read = readConfig(join(baseDir, 'keyturn.yaml'), builtIn);
    const [estate] = 'config' in read ? estatesOf(read.config, builtIn) : [];
    if (estate === undefined) throw new Error('the example has no environment in use');
    [dynamo, kms, bundles] = await Promise.all([
      startDynamoDbLocal(),
      startKms(),
      bundleEstate(estate, { root, baseDir, outdir }),
    ]);
    await dynamo.createTable('ledger');
    ledger = openDynamoLedger({
      client: dynamo.client,
      tableName: 'ledger',
      keys: kmsKeys(kms.client, KEYS),
      now: Date.now,
    });
  });
  afterAll(async () => {
    await Promise.all([dynamo.stop(), kms.close()]);
    rmSync(outdir, { recursive: true, force: true });
  });

  const call = async (step: string, payload: object) => {
    const folder = bundles.shared(step);
    const file = pathToFileURL(join(folder, `${step}.mjs`)).href;
    const env = {
      PATH: process.env.PATH,
      LAMBDA_TASK_ROOT: folder,
      TABLE_NAME: 'ledger',
      AUDIT_KEY_ARN: KEYS.audit,
      FINGERPRINT_KEY_ARN: KEYS.fingerprint,
      TOKEN_KEY_ARN: KEYS.token,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      AWS_ENDPOINT_URL_KMS: kms.endpoint,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    };
    const args = ['--enable-source-maps', '--input-type=module', '--eval', CALL, file, JSON.stringify(payload)];
    const { stdout, stderr } = await run(process.execPath, args, { env });
    return { answer: JSON.parse(stderr), logged: stdout };
  };

  const { rotationId, secretId, type, version, generation, previous } = aRotation();
  const runOf = (fence: number) => ({ rotationId, secretId, type, version, generation, previous, fence });

  it('finds its ledger, its configuration and its plugins', async () => {
    const fence = await ledger.acquireLocks(['secret:orders'], { rotationId, execution: 'e-1' });
    await ledger.saveRotation(aRotation({ fence }));
    const { answer, logged } = await call('notify', { run: runOf(fence), occasion: 'started' });
    expect(answer).toEqual({ result: { told: ['console'], failed: [] } });
    expect(logged).toContain('rotation started');
  });

  it('writes to the audit chain with a signature of KMS', async () => {
    const fence = await ledger.acquireLocks(['secret:orders'], { rotationId, execution: 'e-1' });
    const failure = { error: 'Unavailable', cause: 'the database was down' };
    const { answer } = await call('finish', { run: runOf(fence), outcome: 'QUARANTINED', failure });
    expect(answer).toEqual({ result: { status: 'QUARANTINED' } });
    expect(await ledger.rotation(rotationId)).toMatchObject({ status: 'QUARANTINED', failure });
    expect(await ledger.auditRecords({ rotationId })).toMatchObject([{ step: 'finish', outcome: 'QUARANTINED' }]);
    expect(await ledger.lockHolder('secret:orders')).toMatchObject({ rotationId });
  });

  it('names its errors as the flow matches them', async () => {
    const { answer } = await call('begin', { ticket: 'no-such-ticket', execution: 'e-9' });
    expect(answer).toMatchObject({ name: 'TicketUnknown', message: expect.stringContaining('no-such-ticket') });
  });
});
