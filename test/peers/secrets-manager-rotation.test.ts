import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { useAwsLogin } from '../support/aws-login.ts';
import { type Localstack, startLocalstack } from '../support/localstack.ts';
import { missing, peersCache } from '../support/peers.ts';
import { SECRET, setUpSite } from '../support/rotation-site.ts';
import { goesBackWhole } from '../support/stubborn-consumer.ts';

const why = missing('localstack');
const CONSUMER = '        verify: [{ use: postgresql-login }]';
const REGION = 'eu-west-1';
const PATH = SECRET.replace('production/', '');

/** A number that JavaScript would write otherwise, and an escape that somebody chose. */
const SIBLING = '"limit": 12345678901234567890.10, "note": "\\u00e9"';

const found = z.object({
  fields: z.record(z.string(), z.unknown()),
  labels: z.record(z.string(), z.array(z.string())),
  tags: z.record(z.string(), z.string()),
});

describe.skipIf(why !== undefined)(`a rotation with its values in Secrets Manager ${why ?? ''}`, () => {
  let localstack: Localstack;
  let rotations = 0;
  beforeAll(async () => {
    localstack = await startLocalstack();
  });
  afterAll(() => localstack?.stop());
  beforeEach(useAwsLogin);

  const siteWith = async (consumer: string) => {
    rotations += 1;
    const prefix = `site-${rotations}/`;
    const backend = {
      use: 'aws-secrets-manager',
      region: REGION,
      endpoint: localstack.endpoint,
      prefix,
      replicas: ['eu-central-1'],
    };
    const site = await setUpSite({ classification: 'LOW', consumer, backend: JSON.stringify(backend) });
    onTestFinished(site.strike);
    return { ...site, name: `${prefix}${PATH}` };
  };

  const client = () => {
    const made = new SecretsManagerClient({ region: REGION, endpoint: localstack.endpoint });
    onTestFinished(() => made.destroy());
    return made;
  };

  /** As another writer, who knows nothing of Keyturn, adds fields and a tag. */
  const addSiblings = async (name: string) => {
    const aws = client();
    const { SecretString = '' } = await aws.send(new GetSecretValueCommand({ SecretId: name }));
    await aws.send(
      new PutSecretValueCommand({ SecretId: name, SecretString: `{ ${SIBLING}, ${SecretString.slice(1)}` }),
    );
    await aws.send(new TagResourceCommand({ SecretId: name, Tags: [{ Key: 'team', Value: 'orders' }] }));
  };

  const read = (script: string, name: string): unknown => {
    const file = join(import.meta.dirname, 'consumers', script);
    const python = join(peersCache, 'localstack/bin/python');
    return JSON.parse(execFileSync(python, [file, localstack.endpoint, REGION, name], { encoding: 'utf8' }));
  };
  const asBoto3Sees = (name: string) => found.parse(read('read_secrets_manager.py', name));

  it('is done whole, beside what others keep there, and read by boto3', async () => {
    const site = await siteWith(CONSUMER);
    await addSiblings(site.name);
    for (const run of [1, 2]) {
      const before = await site.versions();
      const { code, stderr } = await site.run(['rotate', SECRET, '--yes']);
      expect(code, `${run}: ${stderr}`).toBe(0);
      expect(await site.versions()).toMatchObject({ previous: { version: before.current?.version }, pending: [] });
      const { user, password } = site.consumersLogin();
      await (await site.login(user, password)).end();
      const { fields, labels, tags } = asBoto3Sees(site.name);
      expect(fields).toMatchObject({ username: user, password, note: 'é' });
      expect(Object.values(labels).flat().sort()).toEqual(['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS']);
      expect(tags).toMatchObject({ team: 'orders' });
    }
    const { SecretString = '' } = await client().send(new GetSecretValueCommand({ SecretId: site.name }));
    for (const member of ['"limit":12345678901234567890.10', '"note":"\\u00e9"'])
      expect(SecretString).toContain(member);
  });

  it('comes to a consumer that reads a parameter, and boto3 reads it there', async () => {
    const place = `{ use: ssm-parameter, region: ${REGION}, endpoint: "${localstack.endpoint}", name: /orders/job, template: "{username}:{password}" }`;
    const job = `      - { name: orders-job, propagate: ${place}, verify: [{ use: postgresql-login }] }`;
    const site = await siteWith(`${CONSUMER}\n${job}`);
    for (const number of [1, 2]) {
      const { code, stderr } = await site.run(['rotate', SECRET, '--yes']);
      expect(code, stderr).toBe(0);
      const { user, password } = site.consumersLogin();
      const version = (await site.versions()).current?.version;
      expect(read('read_parameter.py', '/orders/job')).toEqual({
        value: `${user}:${password}`,
        type: 'SecureString',
        number,
        tags: { 'keyturn.version': `${version} ${number} ${SECRET}` },
      });
    }
  });

  it('that a consumer does not follow goes back whole', async () => {
    const site = await goesBackWhole(siteWith);
    const { user, password } = site.consumersLogin();
    expect(asBoto3Sees(site.name).fields).toMatchObject({ username: user, password });
  });
});
