import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { permissionCatalog, permissionConfig } from './permission-catalog.ts';
import { exampleText, synthesize } from './synthesis.ts';

const example = synthesize(exampleText, builtIn);
const { template, app } = example;
const local = synthesize(exampleText.replace(/\{ use: aws-secrets-manager.*\}/, '{ use: local }'), builtIn);
const elsewhere = synthesize(permissionConfig, permissionCatalog);
const core = template('keyturn-production-core');
const type = template('keyturn-production-postgresql');

describe('the stacks', () => {
  it('are one core stack and one for each type in use, of each environment in use', () => {
    expect(app.node.children.map(({ node }) => node.id).filter((id) => id.startsWith('keyturn-'))).toEqual([
      'keyturn-production-core',
      'keyturn-production-postgresql',
    ]);
  });

  it('keep the ledger whatever happens to them', () => {
    core.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: Match.anyValue() },
        TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      },
    });
  });

  it.each(['AWS::KMS::Key', 'AWS::S3::Bucket', 'AWS::Logs::LogGroup'])(
    'keep every %s, too, under a name that a later stack does not need',
    (kind) => {
      const kept = [core, type].flatMap((stack) => Object.values(stack.findResources(kind)));
      expect(kept.length).toBeGreaterThan(1);
      for (const { DeletionPolicy, UpdateReplacePolicy, Properties } of kept) {
        expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({
          DeletionPolicy: 'Retain',
          UpdateReplacePolicy: 'Retain',
        });
        const name = Properties?.BucketName ?? Properties?.LogGroupName;
        if (name !== undefined) expect(JSON.stringify(name)).toContain('AWS::StackId');
      }
    },
  );

  it('lock the anchors of the audit chain for as long as the policy keeps records', () => {
    core.hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 3 * 365 } } },
    });
  });

  it('have a key for each purpose, rotated where KMS can', () => {
    const keys = [core, type].flatMap((stack) => Object.values(stack.findResources('AWS::KMS::Key')));
    const encryption = keys.filter(({ Properties }) => Properties?.KeySpec === undefined);
    expect(encryption.map(({ Properties }) => Properties?.EnableKeyRotation)).toEqual(encryption.map(() => true));
    expect(keys.map(({ Properties }) => Properties?.KeySpec ?? 'SYMMETRIC_DEFAULT').sort()).toEqual([
      'ECC_NIST_P256',
      'HMAC_256',
      ...encryption.map(() => 'SYMMETRIC_DEFAULT'),
    ]);
  });

  it('run every function on the runtime of the bundles, below the time of its Task', () => {
    for (const stack of [core, type]) {
      stack.allResourcesProperties('AWS::Lambda::Function', {
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Timeout: 50,
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogGroup: Match.anyValue() },
      });
      stack.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue() });
    }
  });

  it('give a function the names of things, and no value', () => {
    const variables = z.record(z.string(), z.union([z.string(), z.record(z.string(), z.unknown())]));
    const functions = [core, type].flatMap((stack) => Object.values(stack.findResources('AWS::Lambda::Function')));
    for (const { Properties } of functions) {
      const { NODE_OPTIONS, ...references } = variables.parse(Properties?.Environment.Variables);
      expect(NODE_OPTIONS).toBe('--enable-source-maps');
      expect(Object.keys(references).sort()).toEqual([
        'AUDIT_KEY_ARN',
        'FINGERPRINT_KEY_ARN',
        'TABLE_NAME',
        'TOKEN_KEY_ARN',
      ]);
      for (const reference of Object.values(references)) {
        expect(Object.keys(reference)[0]).toMatch(/^(Ref|Fn::GetAtt|Fn::ImportValue)$/);
      }
    }
  });

  it('ring for every rotation that did not end well', () => {
    for (const metric of ['ExecutionsFailed', 'ExecutionsTimedOut']) {
      type.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: metric, AlarmActions: [Match.anyValue()] });
    }
  });

  it('go to the account and region of their environment', () => {
    const placed = elsewhere.app.synth();
    expect(placed.getStackByName('keyturn-staging-token').environment).toMatchObject({
      account: '111122223333',
      region: 'eu-west-1',
    });
    expect(placed.stacks.map(({ stackName }) => stackName)).toEqual(['keyturn-staging-core', 'keyturn-staging-token']);
  });

  it('say before a deployment what cannot work on AWS', () => {
    const warningsOf = ({ app: made }: typeof local) =>
      made
        .synth()
        .getStackByName('keyturn-production-core')
        .messages.map(({ entry }) => String(entry.data))
        .filter((message) => message.includes('one machine only'));
    expect(warningsOf(local)).toHaveLength(1);
    expect(warningsOf(example)).toEqual([]);
  });
});
