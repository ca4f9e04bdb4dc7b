import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { auditRecord, evidence, rotationRecord } from '../../lib/core/rotation.ts';
import { type AwsEstate, FIRST_PASSWORD, REGION, SECRET, startAwsEstate } from '../support/aws-estate.ts';
import { awsExecutions } from '../support/aws-executions.ts';
import { keyturn } from '../support/command.ts';
import { assertNoLeak } from '../support/leak.ts';
import { missing, peersCache } from '../support/peers.ts';

const why = missing('localstack');

const ledgerView = z.object({
  rotation: rotationRecord,
  evidence: z.array(evidence),
  audit: z.array(auditRecord),
  chain: z.boolean(),
  signed: z.boolean(),
});
const shown = z.object({
  executions: z.array(z.unknown()),
  logs: z.array(z.string()),
  functions: z.array(z.unknown()),
  rows: z.array(z.unknown()),
  secrets: z.array(z.unknown()),
});
const stored = z.looseObject({ username: z.string(), password: z.string() });

describe.skipIf(why !== undefined)(`the example, deployed with the CDK CLI ${why ?? ''}`, () => {
  let estate: AwsEstate;
  let executions: ReturnType<typeof awsExecutions>;
  let ledger: { table: string; auditKey: string };
  /** Every value that was ever current. */
  const values = [FIRST_PASSWORD];

  beforeAll(async () => {
    estate = await startAwsEstate();
    for (const [name, value] of Object.entries(estate.env)) vi.stubEnv(name, value);
    executions = awsExecutions(estate.endpoint);
    // No seats: the approvals are the subject of a test of their own.
    estate.configure(['classification: HIGH\n    owner: orders-team', 'classification: LOW\n    owner: orders-team']);
    await estate.cdk('bootstrap');
    await estate.cdk('deploy', '--all', '--require-approval', 'never');
    ledger = await ledgerOf(estate);
    await putFirst(estate);
    await estate.consumer.load();
  }, 300_000);
  afterAll(async () => {
    executions?.close();
    await estate?.close();
    vi.unstubAllEnvs();
  });

  const python = (script: string, ...args: readonly string[]): unknown => {
    const file = join(import.meta.dirname, 'consumers', script);
    const options = { encoding: 'utf8', env: { ...process.env, ...estate.env }, maxBuffer: 1 << 28 } as const;
    return JSON.parse(execFileSync(join(peersCache, 'localstack/bin/python'), [file, ...args], options));
  };
  const ledgerOn = (rotationId: string) =>
    ledgerView.parse(python('read_ledger.py', ledger.table, ledger.auditKey, rotationId));

  const current = async () => {
    const client = new SecretsManagerClient({ region: REGION, endpoint: estate.endpoint });
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: SECRET }));
    client.destroy();
    const { username, password } = stored.parse(JSON.parse(SecretString));
    values.push(password);
    return { username, password };
  };

  it('rotates what is typed into the console, and boto3 finds the ledger to hold', async () => {
    const before = await current();
    const { rotationId, end } = await executions.rotate(SECRET, 'an engineer left');
    expect(end, end.cause).toMatchObject({ status: 'SUCCEEDED' });
    const after = await current();
    expect(after.username).not.toBe(before.username);
    await estate.login(after.username, after.password);
    await expect(estate.login(before.username, before.password)).rejects.toThrow();
    expect(estate.consumer.user()).toBe(after.username);
    const found = ledgerOn(rotationId);
    expect(found).toMatchObject({ rotation: { status: 'COMMITTED', secretId: SECRET }, chain: true, signed: true });
    expect(found.evidence.map(({ subject, verdict }) => `${subject} ${verdict}`)).toContain(
      'consumer:orders-api verified',
    );
    expect(found.audit.map(({ step, outcome }) => `${step} ${outcome}`)).toContain('finish COMMITTED');
  });
});

async function ledgerOf({ endpoint }: AwsEstate) {
  const lambda = new LambdaClient({ endpoint, region: REGION });
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  lambda.destroy();
  const { TABLE_NAME: table, AUDIT_KEY_ARN: auditKey } = Functions[0]?.Environment?.Variables ?? {};
  if (table === undefined || auditKey === undefined) throw new Error('the functions name no ledger');
  return { table, auditKey };
}

async function putFirst({ folder, configFile, postgres: { superuser } }: AwsEstate): Promise<void> {
  const logins = [
    [`${SECRET}-admin`, { username: superuser.user, password: superuser.password }],
    [SECRET, { username: 'orders', password: FIRST_PASSWORD }],
  ] as const;
  for (const [secret, login] of logins) {
    const { code, stderr } = await keyturn(['put', secret, '--config', configFile], {
      cwd: folder,
      stdin: JSON.stringify(login),
    });
    if (code !== 0) throw new Error(`put ended with ${code}: ${stderr}`);
  }
}
