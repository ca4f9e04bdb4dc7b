import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { secretsManagerCopy } from '../../lib/plugins/propagators/secrets-manager-copy.ts';
import { ssmParameter } from '../../lib/plugins/propagators/ssm-parameter.ts';
import { useAwsLogin } from '../support/aws-login.ts';
import { startFakeParameters } from '../support/fake-parameters.ts';
import { FakeSecret } from '../support/fake-secret.ts';
import { startFakeSecretsManager } from '../support/fake-secrets-manager.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const V1 = '1'.repeat(32);
const V2 = '2'.repeat(32);
const secretId = 'production/database/orders';
const request = (version: string, password: string) => ({ secretId, version, values: Secret.of({ password }) });
const role = { partition: 'aws', account: '111122223333', touches: [] };
const roleArn = 'arn:aws:iam::444455556666:role/keyturn-copies';

beforeEach(useAwsLogin);

describe('ssm-parameter', () => {
  const name = '/orders/password';
  const config = { use: 'ssm-parameter', region: 'eu-west-1', name, template: '{password}' };

  const opened = async () => {
    const fake = await startFakeParameters();
    onTestFinished(fake.close);
    const client = await ssmParameter.create({ ...config, endpoint: fake.origin }, pluginDeps());
    const numbers = () => fake.parameters.get(name)?.versions.map(({ Value }) => Value) ?? [];
    const byAnother = (Value: string) => {
      const versions = fake.parameters.get(name)?.versions ?? [];
      versions.push({ Type: 'SecureString', Value, Version: versions.length + 1 });
    };
    return { fake, client, numbers, byAnother };
  };

  it('does not overwrite what another writer changed, and says how that is done', async () => {
    const { client, numbers, byAnother } = await opened();
    await client.put(request(V1, 'one'));
    byAnother('theirs');
    expect(await client.current(secretId)).toBeUndefined();
    await expect(client.put(request(V2, 'two'))).rejects.toMatchObject({
      name: 'Conflict',
      message: expect.stringMatching(/its version 2; to have it overwritten, remove its tag keyturn\.version/),
    });
    expect(numbers()).toEqual(['one', 'theirs']);
  });

  it('that another writer changed in the very moment of a write says so', async () => {
    const { fake, client, byAnother } = await opened();
    await client.put(request(V1, 'one'));
    fake.intercept = (operation) => {
      if (operation === 'GetParameterHistory') byAnother('theirs');
      return undefined;
    };
    await expect(client.put(request(V2, 'two'))).rejects.toMatchObject({ name: 'Conflict' });
  });

  it('does not take the place of another secret', async () => {
    const { client, numbers } = await opened();
    await client.put(request(V1, 'one'));
    const other = { ...request(V2, 'two'), secretId: 'production/cache/orders' };
    await expect(client.put(other)).rejects.toMatchObject({
      name: 'Conflict',
      message: expect.stringContaining(secretId),
    });
    expect(numbers()).toEqual(['one']);
  });

  it.each(['AddTagsToResource', 'PutParameter'])('that is cut off after %s goes on, or back', async (cut) => {
    for (const [version, value] of [
      [V2, 'two'],
      [V1, 'one'],
    ] as const) {
      const { fake, client, numbers } = await opened();
      await client.put(request(V1, 'one'));
      let isCut = false;
      fake.losesReply = (operation) => {
        isCut ||= operation === cut;
        return isCut;
      };
      await expect(client.put(request(V2, 'two'))).rejects.toMatchObject({
        name: expect.stringMatching(/^(OutcomeUnknown|Unavailable)$/),
      });
      fake.losesReply = () => false;
      await client.put(request(version, value));
      expect([numbers().at(-1), await client.current(secretId)], version).toEqual([value, version]);
    }
  });

  it('leaves a parameter of another type alone', async () => {
    const { fake, client } = await opened();
    const versions = [{ Type: 'String', Value: 'open', Version: 1 }];
    fake.parameters.set(name, { versions, tags: new Map() });
    await expect(client.put(request(V1, 'one'))).rejects.toMatchObject({
      name: 'ConfigInvalid',
      message: expect.stringContaining('type String'),
    });
    expect(versions).toHaveLength(1);
  });

  it('may do what it does, with its one parameter and its key', () => {
    const arn = 'arn:aws:ssm:eu-west-1:111122223333:parameter/orders/password';
    const [own, key] = ssmParameter.permissions({ ...config, kmsKeyId: 'k1' }, role);
    expect(own).toMatchObject({ resources: [arn], actions: expect.arrayContaining(['ssm:PutParameter']) });
    expect(key?.resources).toEqual(['arn:aws:kms:eu-west-1:111122223333:key/k1']);
    const through = ssmParameter.permissions({ ...config, roleArn }, role);
    expect(through).toEqual([{ actions: ['sts:AssumeRole'], resources: [roleArn] }]);
  });
});

describe('secrets-manager-copy', () => {
  const name = 'orders/database';
  const config = { use: 'secrets-manager-copy', region: 'eu-west-1', name, data: { DB_PASSWORD: '{password}' } };

  const opened = async (text?: string) => {
    const fake = await startFakeSecretsManager();
    onTestFinished(fake.close);
    const secret = new FakeSecret('eu-west-1', []);
    fake.secrets.set(name, secret);
    const write = (SecretString: string) => {
      const ClientRequestToken = `another-writer-${secret.state.versions.size}`.padEnd(32, '-');
      secret.change('PutSecretValue', { ClientRequestToken, SecretString }, { here: 0, there: 0 });
    };
    if (text !== undefined) write(text);
    const client = await secretsManagerCopy.create({ ...config, endpoint: fake.origin }, pluginDeps());
    const versions = () => [...secret.state.versions.values()];
    const current = () => JSON.parse(versions().find(({ labels }) => labels.includes('AWSCURRENT'))?.text ?? '');
    return { fake, client, write, current, labels: () => versions().flatMap((each) => each.labels) };
  };

  it('does not overwrite what another writer changed meanwhile, and leaves no label', async () => {
    const { fake, client, write, current, labels } = await opened('{"a":1}');
    let changed = false;
    fake.intercept = ({ operation }) => {
      if (!changed && operation === 'PutSecretValue') {
        changed = true;
        write('{"a":2}');
      }
      return undefined;
    };
    expect(await client.put(request(V1, 'one'))).toBe('applied');
    expect(current()).toMatchObject({ a: 2, DB_PASSWORD: 'one', KEYTURN_VERSION_PRODUCTION_DATABASE_ORDERS: V1 });
    expect(labels().sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  it('fills a secret that was created without any value', async () => {
    const { client, current } = await opened();
    expect(await client.put(request(V1, 'one'))).toBe('applied');
    expect(current()).toMatchObject({ DB_PASSWORD: 'one' });
  });

  it('leaves a secret of plain text alone', async () => {
    const { client, fake } = await opened('plain');
    const before = fake.secrets.get(name)?.state;
    await expect(client.put(request(V1, 'one'))).rejects.toMatchObject({ name: 'ConfigInvalid' });
    expect(fake.secrets.get(name)?.state).toBe(before);
  });

  it('may do what it does, with its one secret', () => {
    const [own, ...more] = secretsManagerCopy.permissions(config, role);
    expect(own?.resources).toEqual(['arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders/database-??????']);
    expect(own?.actions).not.toContain('secretsmanager:CreateSecret');
    expect(more).toEqual([]);
    const through = secretsManagerCopy.permissions({ ...config, roleArn }, role);
    expect(through).toEqual([{ actions: ['sts:AssumeRole'], resources: [roleArn] }]);
  });
});
