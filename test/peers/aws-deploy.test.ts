import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type AuditRecord, auditRecord, evidence, rotationRecord } from '../../lib/core/rotation.ts';
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
const rotated = z.object({ rotations: z.array(z.object({ rotation: z.string() })) });
const event = z.object({ stateEnteredEventDetails: z.object({ name: z.string() }).optional() });
const history = z.object({ executions: z.array(z.object({ events: z.array(event) })) });

/** A class without seats. */
const OPEN = [['classification: HIGH\n    owner: orders-team', 'classification: LOW\n    owner: orders-team']] as const;

const login = z.looseObject({ username: z.string(), password: z.string() });

describe.skipIf(why !== undefined)(`the example, deployed with the CDK CLI ${why ?? ''}`, () => {
  let estate: AwsEstate;
  let executions: ReturnType<typeof awsExecutions>;
  let ledger: { table: string; auditKey: string };
  let secretsManager: SecretsManagerClient;
  const passwords = new Set<string>();

  beforeAll(async () => {
    estate = await startAwsEstate();
    for (const [name, value] of Object.entries(estate.env)) vi.stubEnv(name, value);
    executions = awsExecutions(estate.endpoint);
    secretsManager = new SecretsManagerClient({ region: REGION, endpoint: estate.endpoint });
    estate.configure(...OPEN);
    await estate.cdk('bootstrap');
    await estate.cdk('deploy', '--all', '--require-approval', 'never');
    ledger = await ledgerOf(estate);
    await putFirst(estate);
    await estate.consumer.load();
    await collect();
  }, 300_000);
  afterAll(async () => {
    executions?.close();
    secretsManager?.destroy();
    await estate?.close();
    vi.unstubAllEnvs();
  });

  const python = (script: string, ...args: readonly string[]): unknown => {
    const file = join(import.meta.dirname, 'consumers', script);
    const options = { encoding: 'utf8', env: { ...process.env, ...estate.env }, maxBuffer: 1 << 28 } as const;
    return JSON.parse(execFileSync(join(peersCache, 'localstack/bin/python'), [file, ...args], options));
  };
  const keyturnHere = (...args: readonly string[]) =>
    keyturn([...args, '--config', estate.configFile], { cwd: estate.folder });
  const ledgerOn = (rotationId: string) =>
    ledgerView.parse(python('read_ledger.py', ledger.table, ledger.auditKey, rotationId));

  const readValue = async (SecretId: string, VersionId?: string) => {
    const { SecretString = '' } = await secretsManager.send(
      new GetSecretValueCommand({ SecretId, ...(VersionId !== undefined && { VersionId }) }),
    );
    const value: unknown = JSON.parse(SecretString);
    return value;
  };
  const rotate = async (reason: string) => {
    const run = await executions.rotate(SECRET, reason);
    await collect();
    return run;
  };
  const current = async () => {
    const { username, password } = login.parse(await readValue(SECRET));
    return { username, password };
  };
  /** Takes down what is a value now, that of a rotation that went back among them. */
  const collect = async () => {
    const list = new ListSecretVersionIdsCommand({ SecretId: SECRET, IncludeDeprecated: true, MaxResults: 100 });
    const { Versions = [] } = await secretsManager.send(list);
    const all = await Promise.all(Versions.map(({ VersionId }) => readValue(SECRET, VersionId)));
    for (const value of [await readValue(`${SECRET}-admin`), ...all]) {
      // The very first version is empty: what is there first is the secret, then its value.
      const { data } = login.safeParse(value);
      if (data !== undefined) passwords.add(data.password);
    }
  };

  it('rotates what is typed into the console, and boto3 finds the ledger to hold', async () => {
    const before = await current();
    const { rotationId, end } = await rotate('an engineer left');
    expect(end, end.cause).toMatchObject({ status: 'SUCCEEDED' });
    const after = await current();
    expect(after.username).not.toBe(before.username);
    await estate.login(after.username, after.password);
    await expect(estate.login(before.username, before.password)).rejects.toThrow();
    expect(estate.consumer.user()).toBe(after.username);
    const found = ledgerOn(rotationId);
    expect(found).toMatchObject({ rotation: { status: 'COMMITTED', secretId: SECRET }, chain: true, signed: true });
    expect(found.evidence.map(({ subject, verdict }) => `${subject} ${verdict}`)).toEqual([
      'target verified',
      'consumer:orders-api verified',
      'quiet verified',
      'refused verified',
    ]);
  });

  it('is driven through the same states as on this machine, and leaves the same records', async () => {
    const onAws = await rotate('once there');
    const { stdout, code, stderr } = await keyturnHere('rotate', SECRET, '--yes', '--json');
    expect(code, stderr).toBe(0);
    const [here] = rotated.parse(JSON.parse(stdout)).rotations;
    if (here === undefined) throw new Error('nothing was rotated');
    const {
      executions: [run],
    } = history.parse(JSON.parse((await keyturnHere('history', here.rotation, '--json')).stdout));
    const statesHere = run?.events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
    expect(withoutRepeats(await executions.states(onAws.execution))).toEqual(withoutRepeats(statesHere ?? []));
    const lines = (await keyturnHere('audit', 'query', '--run', here.rotation, '--json')).stdout.trim().split('\n');
    const recordsHere = lines.map((line) => auditRecord.parse(JSON.parse(line)));
    expect(ledgerOn(onAws.rotationId).audit.map(sense)).toEqual(recordsHere.map(sense));
  });

  it('goes back whole where a consumer stays on the old version', async () => {
    const before = await current();
    estate.consumer.stick(true);
    const { rotationId, end } = await rotate('the consumer is stuck');
    estate.consumer.stick(false);
    expect(end).toMatchObject({ status: 'FAILED', error: 'RolledBack' });
    expect(await current()).toEqual(before);
    await estate.login(before.username, before.password);
    const { rotation, audit, chain, signed } = ledgerOn(rotationId);
    expect(rotation).toMatchObject({ status: 'ROLLED_BACK', phase: 'closed', failure: { error: 'ConsumerRejected' } });
    expect(audit.at(-1)).toMatchObject({ step: 'finish', outcome: 'ROLLED_BACK' });
    expect({ chain, signed }).toEqual({ chain: true, signed: true });
  });

  it.each([
    [
      'intake',
      'no such secret',
      { secretId: 'production/database/none', reason: 'x' },
      'SecretUnknown',
      'production/database/none',
    ],
    ['intake', 'no reason', { secretId: SECRET }, 'InputInvalid', 'reason'],
    ['intake', 'something else', ['a', 'list'], 'InputInvalid', 'expected {'],
    ['postgresql', 'no ticket', { secretId: SECRET, reason: 'x' }, 'TicketUnknown', 'keyturn-<environment>-intake'],
    ['postgresql', 'a ticket of nobody', { ticket: 't-invented' }, 'TicketUnknown', 't-invented'],
  ])('machine %s refuses %s with a cause to be read', async (machine, _what, input, error, cause) => {
    const before = await current();
    expect(await executions.start(machine, input)).toMatchObject({
      status: 'FAILED',
      error,
      cause: expect.stringContaining(cause),
    });
    expect(await current()).toEqual(before);
  });

  it('goes on after an update of the stacks, from the same ledger', async () => {
    estate.configure(...OPEN, ['name: orders-api', 'name: orders-service']);
    await estate.cdk('deploy', '--all', '--require-approval', 'never');
    const { rotationId, end } = await rotate('after the update');
    expect(end, end.cause).toMatchObject({ status: 'SUCCEEDED' });
    const { rotation, audit, chain, signed } = ledgerOn(rotationId);
    expect(rotation).toMatchObject({ status: 'COMMITTED', consumers: ['orders-service'] });
    expect(audit[0]?.seq).toBeGreaterThan(1);
    expect({ chain, signed }).toEqual({ chain: true, signed: true });
  });

  it('shows no value to whoever may look at everything but the secrets', async () => {
    const parts = shown.parse(python('read_deployment.py'));
    expect(parts.logs.filter((line) => line.includes('"step done"')).length).toBeGreaterThan(30);
    expect(parts.executions.length).toBeGreaterThan(5);
    expect([parts.functions, parts.rows, parts.secrets].every((part) => part.length > 0)).toBe(true);
    expect(passwords).toContain(FIRST_PASSWORD);
    expect(passwords.size).toBeGreaterThan(5);
    for (const value of passwords)
      for (const [part, content] of Object.entries(parts)) {
        const texts = content.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
        assertNoLeak(texts.join('\n'), value, part);
      }
  });

  it('is removed with one command, and deployed anew', async () => {
    python('unprotect_stacks.py', 'keyturn-production-core', 'keyturn-production-postgresql');
    await estate.cdk('destroy', '--all', '--force');
    expect(await functionsOf(estate)).toEqual([]);
    await estate.cdk('deploy', '--all', '--require-approval', 'never');
    ledger = await ledgerOf(estate);
    const { rotationId, end } = await rotate('the first after it');
    expect(end, end.cause).toMatchObject({ status: 'SUCCEEDED' });
    expect(ledgerOn(rotationId)).toMatchObject({ rotation: { status: 'COMMITTED' }, chain: true, signed: true });
  });
});

/** Every look of a loop enters its states again, and how often depends on the time. */
const withoutRepeats = (states: readonly string[]): string[] =>
  states.filter((state, index) => !states.slice(0, index).includes(state));

/** What a record says, without its times and ids, and without who asked. */
const sense = ({ step, outcome, decision, approvals, error, secretId, classification }: AuditRecord) => ({
  step,
  outcome,
  decision,
  approvals,
  error,
  secretId,
  classification,
});

async function functionsOf({ endpoint }: AwsEstate) {
  const lambda = new LambdaClient({ endpoint, region: REGION });
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
  lambda.destroy();
  return Functions;
}

/** As the functions are told it. */
async function ledgerOf(estate: AwsEstate) {
  const [first] = await functionsOf(estate);
  const { TABLE_NAME: table, AUDIT_KEY_ARN: auditKey } = first?.Environment?.Variables ?? {};
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
