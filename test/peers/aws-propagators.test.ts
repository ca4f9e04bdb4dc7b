import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { secretsManagerCopy } from '../../lib/plugins/propagators/secrets-manager-copy.ts';
import { ssmParameter } from '../../lib/plugins/propagators/ssm-parameter.ts';
import { parameterPlace, secretPlace } from '../contract/aws-propagator-places.ts';
import { propagatorContract, secretId, VERSION } from '../contract/propagator-contract.ts';
import { useAwsLogin } from '../support/aws-login.ts';
import { type Localstack, startLocalstack } from '../support/localstack.ts';
import { missing } from '../support/peers.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const REGION = 'eu-central-1';
const ACCOUNT = '444455556666';

const why = missing('localstack');

describe.skipIf(why !== undefined)(`on LocalStack ${why ?? ''}`, () => {
  let localstack: Localstack;
  beforeAll(async () => {
    localstack = await startLocalstack();
  });
  afterAll(() => localstack?.stop());

  describe('secrets-manager-copy', () => {
    propagatorContract(secretsManagerCopy, { start: () => secretPlace(localstack.endpoint) });

    it('writes in another account through its role', async () => {
      useAwsLogin();
      const { endpoint } = localstack;
      // LocalStack takes a key id of twelve digits for an account.
      const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'test' };
      const owner = new SecretsManagerClient({ region: REGION, endpoint, credentials });
      onTestFinished(() => owner.destroy());
      await owner.send(new CreateSecretCommand({ Name: 'orders', SecretString: '{"theirs":1.0}' }));
      const config = {
        use: 'secrets-manager-copy',
        region: REGION,
        endpoint,
        name: 'orders',
        data: { DB: '{password}' },
      };
      const request = { secretId, version: VERSION.one, values: Secret.of({ password: 'one' }) };
      const here = await secretsManagerCopy.create(config, pluginDeps());
      await expect(here.put(request)).rejects.toMatchObject({ name: 'SecretNotFound' });
      const roleArn = `arn:aws:iam::${ACCOUNT}:role/keyturn-copies`;
      const there = await secretsManagerCopy.create({ ...config, roleArn }, pluginDeps());
      expect(await there.put(request)).toBe('applied');
      expect(await there.current(secretId)).toBe(VERSION.one);
      const { SecretString } = await owner.send(new GetSecretValueCommand({ SecretId: 'orders' }));
      expect(SecretString).toMatch(/^\{"theirs":1\.0,"DB":"one",/);
    });
  });

  describe('ssm-parameter', () => {
    propagatorContract(ssmParameter, { start: () => parameterPlace(localstack.endpoint) });
  });
});
