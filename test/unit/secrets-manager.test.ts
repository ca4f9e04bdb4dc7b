import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { OPERATIONS } from '../../lib/core/backend-operations.ts';
import type { BackendClient, SecretRef } from '../../lib/core/ports.ts';
import type { RoleRequest } from '../../lib/core/role-request.ts';
import { Secret } from '../../lib/core/secret.ts';
import { membersOf, withMembers } from '../../lib/plugins/aws-secrets-manager/json-members.ts';
import { awsSecretsManager } from '../../lib/plugins/backends/aws-secrets-manager.ts';
import { useAwsLogin } from '../support/aws-login.ts';
import { type FakeSecretsManager, startFakeSecretsManager } from '../support/fake-secrets-manager.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const V1 = '1'.repeat(32);
const V2 = '2'.repeat(32);
const V3 = '3'.repeat(32);
const ref: SecretRef = { path: 'database/orders', fields: { password: 'pg_password' } };
const sibling: SecretRef = { path: ref.path, fields: { key: 'api_key' } };
const value = (password: string) => Secret.of({ password });

beforeEach(useAwsLogin);

async function opened(more: object = {}): Promise<{ fake: FakeSecretsManager; client: BackendClient }> {
  const fake = await startFakeSecretsManager();
  const config = { use: 'aws-secrets-manager', region: 'eu-west-1', endpoint: fake.origin, ...more };
  const client = await awsSecretsManager.create(config, pluginDeps());
  onTestFinished(async () => {
    await client.close?.();
    await fake.close();
  });
  return { fake, client };
}

/** The text under a label, as any reader gets it. */
function textOf({ secrets }: FakeSecretsManager, label: string): string {
  const versions = [...(secrets.get(ref.path)?.state.versions.values() ?? [])];
  return versions.find(({ labels }) => labels.includes(label))?.text ?? '';
}

const labelsOf = ({ secrets }: FakeSecretsManager) =>
  [...(secrets.get(ref.path)?.state.versions.values() ?? [])].flatMap(({ labels }) => labels);

describe('a secret of Secrets Manager', () => {
  it('has an empty current version before its first value is promoted', async () => {
    const { fake, client } = await opened();
    await client.stage(ref, V1, value('one'));
    expect(textOf(fake, 'AWSCURRENT')).toBe('{}');
    expect(JSON.parse(textOf(fake, 'AWSPENDING'))).toMatchObject({ pg_password: 'one' });
  });

  it('keeps no label of what is no longer pending', async () => {
    const { fake, client } = await opened();
    await client.stage(ref, V1, value('one'));
    await client.promote(ref, V1, undefined);
    await client.stage(ref, V2, value('two'));
    await client.promote(ref, V2, V1);
    await client.demote(ref, V2, V1);
    await client.discard(ref, V2);
    expect(labelsOf(fake).sort()).toEqual(['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS']);
    expect(JSON.parse(textOf(fake, 'AWSPENDING'))).toMatchObject({ pg_password: 'one' });
  });

  it('takes another value under an id whose first value was discarded', async () => {
    const { client } = await opened();
    await client.stage(ref, V1, value('one'));
    await client.discard(ref, V1);
    expect(await client.stage(ref, V1, value('other'))).toBe('applied');
    expect((await client.read(ref, V1)).value.reveal()).toEqual({ password: 'other' });
  });

  it.each(['PutSecretValue', 'UpdateSecretVersionStage'])(
    'starts again on the fresh map when another writer changed a sibling before its %s',
    async (moment) => {
      const { fake, client } = await opened();
      await client.stage(ref, V1, value('one'));
      let changed = false;
      fake.intercept = ({ operation }) => {
        const secret = fake.secrets.get(ref.path);
        if (changed || operation !== moment || secret === undefined) return undefined;
        changed = true;
        const input = { ClientRequestToken: 'f'.repeat(32), SecretString: '{ "owner":1.0 }' };
        secret.change('PutSecretValue', input, { here: 0, there: 0 });
        return undefined;
      };
      expect(await client.promote(ref, V1, undefined)).toBe('applied');
      expect(textOf(fake, 'AWSCURRENT')).toMatch(/^\{"owner":1\.0,"pg_password":"one",/);
    },
  );

  it('tells its versions without a look at any value, also after a sibling changed', async () => {
    const { fake, client } = await opened();
    await client.stage(ref, V1, value('one'));
    await client.promote(ref, V1, undefined);
    await client.stage(sibling, V3, Secret.of({ key: 'k' }));
    await client.promote(sibling, V3, undefined);
    fake.intercept = ({ operation }) => (operation === 'GetSecretValue' ? 'AccessDeniedException' : undefined);
    expect((await client.versions(ref)).current?.version).toBe(V1);
    expect((await client.versions(sibling)).current?.version).toBe(V3);
  });

  it.each(['plain text', '["a"]', '7'])('that holds %s is refused, and stays', async (text) => {
    const { fake, client } = await opened();
    await client.stage(ref, V1, value('one'));
    fake.secrets
      .get(ref.path)
      ?.change('PutSecretValue', { ClientRequestToken: 'f'.repeat(32), SecretString: text }, { here: 0, there: 0 });
    await expect(client.promote(ref, V1, undefined)).rejects.toMatchObject({ name: 'ConfigInvalid' });
    expect(textOf(fake, 'AWSCURRENT')).toBe(text);
  });

  it('refuses a path that is no name of a secret', async () => {
    const { client } = await opened();
    const odd = { path: 'database/ordres größer', fields: {} };
    await expect(client.read(odd, 'current')).rejects.toMatchObject({ name: 'ConfigInvalid' });
  });

  it.each([
    ['ThrottlingException', 'Throttled'],
    ['InternalServiceError', 'Unavailable'],
    ['DecryptionFailure', 'AccessDenied'],
  ])('tells %s as %s', async (code, name) => {
    const { fake, client } = await opened();
    fake.intercept = () => code;
    await expect(client.versions(ref)).rejects.toMatchObject({ name });
  });
});

describe('replicas', () => {
  const replicas = ['eu-central-1', 'us-east-1'];

  it('are waited for until each has the version', async () => {
    const { fake, client } = await opened({ replicas });
    await client.stage(ref, V1, value('one'));
    fake.replicaLag = 4;
    expect(await client.promote(ref, V1, undefined)).toBe('applied');
    const looks = fake.calls.filter(({ region }) => region !== 'eu-west-1').map(({ region }) => region);
    expect([...new Set(looks)]).toEqual(replicas);
  });

  it('that do not follow are named, each time anew', async () => {
    const { fake, client } = await opened({ replicas });
    await client.stage(ref, V1, value('one'));
    fake.replicaLag = Number.POSITIVE_INFINITY;
    for (const _ of [1, 2]) {
      await expect(client.promote(ref, V1, undefined)).rejects.toMatchObject({
        name: 'Unavailable',
        message: expect.stringContaining('eu-central-1'),
      });
    }
  });

  it('that a secret lacks are named before anything is changed', async () => {
    const { fake, client } = await opened();
    await client.stage(ref, V1, value('one'));
    const before = fake.secrets.get(ref.path)?.state;
    const config = { use: 'aws-secrets-manager', region: 'eu-west-1', endpoint: fake.origin, replicas };
    const wider = await awsSecretsManager.create(config, pluginDeps());
    await expect(wider.stage(ref, V2, value('two'))).rejects.toMatchObject({
      name: 'ConfigInvalid',
      message: expect.stringContaining('eu-central-1, us-east-1'),
    });
    expect(fake.secrets.get(ref.path)?.state).toBe(before);
  });
});

describe('the members of a JSON object', () => {
  it.each([
    '{}',
    '{"a":1}',
    ' { "a" : [1, {"b":"}"}], "c\\"d": "x,y:z", "e":1e400 } ',
    '{"__proto__":"x","a":"\\u00e9"}',
  ])('of %s stay as they are written', (text) => {
    const members = membersOf(text);
    expect(members.map(({ name }) => name)).toEqual(Object.keys(JSON.parse(text)));
    for (const { text: member } of members) expect(text).toContain(member);
    expect(JSON.parse(withMembers(text, {}, []))).toEqual(JSON.parse(text));
  });

  it('are set and taken out by name', () => {
    expect(withMembers('{"a":1.0,"b":"x","c":2}', { b: 'y"', d: 'z' }, ['c'])).toBe('{"a":1.0,"b":"y\\"","d":"z"}');
  });
});

describe('permissions', () => {
  const roleOf = (step: string): RoleRequest => ({
    partition: 'aws',
    account: '111122223333',
    touches: [{ ref, operations: OPERATIONS[step] ?? [] }],
  });
  const config = { use: 'aws-secrets-manager', region: 'eu-west-1', prefix: 'production/' };
  const arn = (region: string) =>
    `arn:aws:secretsmanager:${region}:111122223333:secret:production/database/orders-??????`;
  const actionsOf = (step: string, more: object = {}) =>
    awsSecretsManager
      .permissions({ ...config, ...more }, roleOf(step))
      .flatMap(({ actions, resources }) => actions.map((action) => [action, ...resources]));

  it('of steps that see no value have none of a value', () => {
    for (const step of ['begin', 'finish']) {
      expect(actionsOf(step)).toEqual([['secretsmanager:DescribeSecret', arn('eu-west-1')]]);
    }
  });

  it('to change are those of generate, store and rollback, and to create are nobody’s', () => {
    const steps = Object.keys(OPERATIONS);
    const having = (action: string) =>
      steps.filter((step) => actionsOf(step).some(([own]) => own === `secretsmanager:${action}`)).sort();
    expect(having('PutSecretValue')).toEqual(['generate', 'rollback', 'store']);
    expect(having('TagResource')).toEqual(['rollback', 'store']);
    expect(having('CreateSecret')).toEqual([]);
    expect(having('DeleteSecret')).toEqual([]);
  });

  it('name the key where it has a name, and the replicas where they are asked', () => {
    const key = 'arn:aws:kms:eu-west-1:111122223333:key/1234';
    expect(actionsOf('install', { kmsKeyId: '1234' })).toContainEqual(['kms:Decrypt', key]);
    expect(actionsOf('store', { kmsKeyId: key })).toContainEqual(['kms:GenerateDataKey', key]);
    expect(actionsOf('begin', { kmsKeyId: key }).flat()).not.toContain(key);
    expect(actionsOf('store', { kmsKeyId: 'alias/keyturn' }).flat().join()).not.toContain('kms:');
    const replica = ['secretsmanager:DescribeSecret', arn('eu-central-1')];
    expect(actionsOf('store', { replicas: ['eu-central-1'] })).toContainEqual(replica);
    expect(actionsOf('generate', { replicas: ['eu-central-1'] })).not.toContainEqual(replica);
  });
});
