import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type KeyProps, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** A key for one purpose. It outlives its stack: what it encrypted or signed could not be read or checked without it. */
function purposeKey(scope: Construct, id: string, description: string, props: KeyProps): Key {
  return new Key(scope, id, {
    description,
    removalPolicy: RemovalPolicy.RETAIN,
    pendingWindow: Duration.days(30),
    ...props,
  });
}

export const encryptionKey = (scope: Construct, id: string, description: string): Key =>
  purposeKey(scope, id, description, { enableKeyRotation: true });

/** Signs the head of the audit chain; the public half verifies it anywhere. KMS does not rotate asymmetric keys. */
export const signingKey = (scope: Construct, id: string): Key =>
  purposeKey(scope, id, 'Keyturn: signs the head of the audit chain', {
    keySpec: KeySpec.ECC_NIST_P256,
    keyUsage: KeyUsage.SIGN_VERIFY,
  });

/** Fingerprints of values stay comparable for as long as records are kept, so this key is not rotated. */
export const fingerprintKey = (scope: Construct, id: string): Key =>
  purposeKey(scope, id, 'Keyturn: fingerprints of values (HMAC)', {
    keySpec: KeySpec.HMAC_256,
    keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
  });

/** For the log groups of one stack: CloudWatch Logs may use it for groups of this account and region only. */
export function logsKey(scope: Construct, id: string): Key {
  const key = encryptionKey(scope, id, 'Keyturn: log groups');
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:*`,
        },
      },
    }),
  );
  return key;
}
