import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  CfnBucket,
  ObjectLockRetention,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from './nag.ts';

const CLOSED: BucketProps = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  removalPolicy: RemovalPolicy.RETAIN,
  versioned: true,
};

/** Where the heads of the audit chain are anchored: what lies here nobody can change or delete before its time. */
export function auditBucket(scope: Construct, key: IKey, retention: Duration): Bucket {
  const bucket = new Bucket(scope, 'Audit', {
    ...CLOSED,
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    objectLockEnabled: true,
    objectLockDefaultRetention: ObjectLockRetention.compliance(retention),
  });
  acknowledge(bucket, 'S3BucketReplicationEnabled');
  logAccess(scope, bucket);
  return bucket;
}

const PREFIX = 'audit/';

/** `serverAccessLogsBucket` would say the same, but the class that CDK gives does not fit the interface that it asks for. */
function logAccess(scope: Construct, bucket: Bucket): void {
  const logs = new Bucket(scope, 'AuditAccessLogs', {
    ...CLOSED,
    encryption: BucketEncryption.S3_MANAGED,
    lifecycleRules: [{ expiration: Duration.days(400) }],
  });
  acknowledge(logs, 'S3DefaultEncryptionKMS', 'S3BucketReplicationEnabled');
  logs.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [logs.arnForObjects(`${PREFIX}*`)],
      conditions: {
        ArnLike: { 'aws:SourceArn': bucket.bucketArn },
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      },
    }),
  );
  const { defaultChild } = bucket.node;
  if (defaultChild instanceof CfnBucket) {
    defaultChild.loggingConfiguration = { destinationBucketName: logs.bucketName, logFilePrefix: PREFIX };
  }
}
