import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, type NagPack, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

const NIST = 'NIST.800.53.R5';
const HIPAA = 'HIPAA.Security';
const PCI = 'PCI.DSS.321';

/** A rule that a resource does not meet on purpose. */
interface Acknowledgement {
  /** The packs that have the rule. */
  readonly packs: readonly string[];
  readonly reason: string;
}

/** Every exception that Keyturn asks for: one row per rule, acknowledged on the very resource and nowhere above it. */
export const ACKNOWLEDGED = {
  LambdaDLQ: {
    packs: [NIST, HIPAA],
    reason:
      'Step Functions invokes the function synchronously and keeps a failed call in the execution; a dead-letter queue would stay empty',
  },
  LambdaInsideVPC: {
    packs: [NIST, HIPAA, PCI],
    reason:
      'The function reaches AWS APIs and the hosts that keyturn.yaml lists; whoever keeps these in a VPC places it there',
  },
  DynamoDBInBackupPlan: {
    packs: [NIST, HIPAA],
    reason:
      'Point-in-time recovery for 35 days, deletion protection and RETAIN protect the ledger; the account owns its backup plans',
  },
  S3BucketReplicationEnabled: {
    packs: [NIST, HIPAA, PCI],
    reason:
      'Object Lock in compliance mode keeps the anchors; each of them is also verifiable from any exported copy of the chain',
  },
  S3DefaultEncryptionKMS: {
    packs: [NIST, HIPAA, PCI],
    reason: 'S3 delivers server access logs only to a bucket with SSE-S3',
  },
  'IAM5[Resource::*]': {
    packs: ['AwsSolutions'],
    reason: 'X-Ray, and the log delivery of Step Functions, have no resource-level permissions',
  },
} as const satisfies Record<string, Acknowledgement>;

export function acknowledge(resource: IConstruct, ...rules: (keyof typeof ACKNOWLEDGED)[]): void {
  for (const rule of rules) {
    const { packs, reason } = ACKNOWLEDGED[rule];
    Validations.of(resource).acknowledge(...packs.map((pack) => ({ id: `${pack}-${rule}`, reason })));
  }
}

/** A finding that nobody acknowledged stops the synthesis. */
export function nagPacks(app: App): NagPack[] {
  return [AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks, HIPAASecurityChecks].map((Pack) => new Pack(app));
}
