import { Aws } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';

/** The ledger on AWS: its table, and its keys by purpose. */
export interface LedgerResources {
  readonly table: Table;
  readonly tableKey: IKey;
  readonly auditKey: IKey;
  readonly fingerprintKey: IKey;
  readonly tokenKey: IKey;
}

const TABLE_ACTIONS = [
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

const allow = (actions: string[], key: IKey, conditions = {}) =>
  new PolicyStatement({ actions, resources: [key.keyArn], conditions });

const READS_AND_WRITES = ({ table, tableKey, auditKey }: LedgerResources): PolicyStatement[] => [
  new PolicyStatement({ actions: TABLE_ACTIONS, resources: [table.tableArn] }),
  allow(['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'], tableKey, {
    StringEquals: { 'kms:ViaService': `dynamodb.${Aws.REGION}.amazonaws.com` },
  }),
  allow(['kms:GetPublicKey', 'kms:Sign'], auditKey),
];

/** Which step does more with the ledger's keys than append to the audit chain. */
const KEY_USE: Readonly<Record<string, (ledger: LedgerResources) => PolicyStatement[]>> = {
  generate: ({ fingerprintKey }) => [allow(['kms:GenerateMac'], fingerprintKey)],
  approval: ({ tokenKey }) => [
    allow(['kms:Encrypt'], tokenKey, { StringEquals: { 'kms:EncryptionContext:purpose': 'task-token' } }),
  ],
};

export const ledgerStatements = (step: string, ledger: LedgerResources): PolicyStatement[] => [
  ...READS_AND_WRITES(ledger),
  ...(KEY_USE[step]?.(ledger) ?? []),
];

/** How a function finds the ledger: names and ARNs, never a value. */
export const ledgerEnvironment = (ledger: LedgerResources): Record<string, string> => ({
  TABLE_NAME: ledger.table.tableName,
  AUDIT_KEY_ARN: ledger.auditKey.keyArn,
  FINGERPRINT_KEY_ARN: ledger.fingerprintKey.keyArn,
  TOKEN_KEY_ARN: ledger.tokenKey.keyArn,
});
