import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { onTestFinished } from 'vitest';
import { useAwsLogin } from '../support/aws-login.ts';
import type { PropagatorPlace } from './propagator-contract.ts';

let places = 0;

const REGION = 'eu-central-1';
const KEY = '1234abcd-12ab-34cd-56ef-1234567890ab';

/** A secret that its owner made, in Secrets Manager at an address. */
export async function secretPlace(endpoint: string): Promise<PropagatorPlace> {
  useAwsLogin();
  places += 1;
  const SecretId = `copies/orders-${places}`;
  const config = { use: 'secrets-manager-copy', region: REGION, endpoint, name: SecretId };
  const client = new SecretsManagerClient({ region: REGION, endpoint });
  onTestFinished(() => client.destroy());
  await client.send(new CreateSecretCommand({ Name: SecretId, SecretString: '{}' }));
  const text = async () => (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '{}';
  return {
    config: { ...config, data: { DB_PASSWORD: '{password}' } },
    broken: {
      config: { ...config, name: 'copies/nowhere', data: { DB_PASSWORD: '{password}' } },
      error: 'SecretNotFound',
      says: 'copies/nowhere',
    },
    read: async () => JSON.parse(await text()).DB_PASSWORD,
    beside: {
      make: async () => {
        const SecretString = '{ "limit": 12345678901234567890.10, "note": "\\u00e9" }';
        await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
        await client.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'team', Value: 'orders' }] }));
      },
      look: async () => {
        const { Tags } = await client.send(new DescribeSecretCommand({ SecretId }));
        const now = await text();
        const kept = ['12345678901234567890.10', '"\\u00e9"'].map((part) => now.includes(part));
        return { kept, team: Tags?.filter(({ Key }) => Key === 'team') };
      },
    },
  };
}

/** A name that is free, in the Parameter Store at an address. */
export async function parameterPlace(endpoint: string): Promise<PropagatorPlace> {
  useAwsLogin();
  places += 1;
  const Name = `/copies/orders-${places}`;
  const config = { use: 'ssm-parameter', region: REGION, endpoint, name: Name, template: '{password}' };
  const client = new SSMClient({ region: REGION, endpoint });
  onTestFinished(() => client.destroy());
  return {
    config,
    broken: { config: { ...config, endpoint: 'http://127.0.0.1:9' }, error: 'Unavailable', says: Name },
    read: async () => (await client.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter?.Value,
    beside: {
      make: async () => {
        const own = {
          Description: 'of the orders team',
          AllowedPattern: '^.*$',
          Tags: [{ Key: 'team', Value: 'orders' }],
        };
        await client.send(new PutParameterCommand({ Name, Type: 'SecureString', Value: 'x', KeyId: KEY, ...own }));
      },
      look: async () => {
        const { Parameters = [] } = await client.send(new GetParameterHistoryCommand({ Name }));
        const { Type, KeyId, Description, AllowedPattern } = Parameters.at(-1) ?? {};
        const tags = await client.send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: Name }));
        return { Type, KeyId, Description, AllowedPattern, team: tags.TagList?.filter(({ Key }) => Key === 'team') };
      },
    },
  };
}
