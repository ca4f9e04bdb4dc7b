import { Arn, ArnFormat, Aws, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  CustomerManagedEncryptionConfiguration,
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { encryptionKey } from './keys.ts';
import { acknowledge } from './nag.ts';

/** The same in the stack of the machine and in the core stack, which lets the approval step answer it. */
export const machineName = (environment: string, type: string): string => `keyturn-${environment}-${type}`;

export const machineArn = (scope: Construct, name: string): string =>
  Arn.format(
    { service: 'states', resource: 'stateMachine', resourceName: name, arnFormat: ArnFormat.COLON_RESOURCE_NAME },
    Stack.of(scope),
  );

export interface MachineProps {
  readonly name: string;
  /** The text of the .asl.json file, as it is. */
  readonly definition: string;
  /** Step name = placeholder -> function. */
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly logsKey: IKey;
  /** What else the definition names, and what the machine may do beside calling its functions. */
  readonly substitutions?: Readonly<Record<string, string>>;
  readonly statements?: readonly PolicyStatement[];
}

/** A flow as AWS runs it. */
export class Machine extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: MachineProps) {
    super(scope, id);
    const { name, definition, functions, logsKey, substitutions, statements = [] } = props;
    const key = encryptionKey(this, 'Key', `Keyturn: executions of ${name}`);
    const logGroup = new LogGroup(this, 'Logs', {
      /** Under this prefix the delivery needs no growing resource policy. */
      logGroupName: `/aws/vendedlogs/states/${name}-${stackSuffix()}`,
      encryptionKey: logsKey,
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const arns = Object.entries(functions).map(([step, { functionArn }]) => [step, functionArn] as const);
    const role = new Role(this, 'Role', { assumedBy: statesOf(scope, name) });
    const policy = new ManagedPolicy(this, 'Policy', {
      roles: [role],
      statements: [
        new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: arns.map(([, arn]) => arn) }),
        ...keyStatements(key, machineArn(scope, name)),
        deliveryAndTraces(),
        ...statements,
      ],
    });
    acknowledge(policy, 'IAM5[Resource::*]');
    this.stateMachine = new StateMachine(this, 'Machine', {
      stateMachineName: name,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(definition),
      definitionSubstitutions: { Partition: Aws.PARTITION, ...substitutions, ...Object.fromEntries(arns) },
      role: role.withoutPolicyUpdates(),
      encryptionConfiguration: new CustomerManagedEncryptionConfiguration(key),
      logs: { destination: logGroup, level: LogLevel.ALL, includeExecutionData: false },
      tracingEnabled: true,
    });
    this.stateMachine.node.addDependency(policy);
  }
}

/** A group outlives its stack: the next one of that name gets another, and does not meet it. */
const stackSuffix = (): string => Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));

/** Step Functions, and only for this machine: no other can have the role lent to it. */
const statesOf = (scope: Construct, name: string) =>
  new ServicePrincipal('states.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      ArnEquals: { 'aws:SourceArn': machineArn(scope, name) },
    },
  });

const keyStatements = (key: IKey, arn: string): PolicyStatement[] => [
  new PolicyStatement({
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: [key.keyArn],
    conditions: { StringEquals: { 'kms:EncryptionContext:aws:states:stateMachineArn': arn } },
  }),
  new PolicyStatement({
    actions: ['kms:GenerateDataKey'],
    resources: [key.keyArn],
    conditions: {
      StringEquals: {
        'kms:EncryptionContext:SourceArn': `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:*`,
      },
    },
  }),
];

/** Neither service knows permissions for a single resource. */
const deliveryAndTraces = () =>
  new PolicyStatement({
    actions: [
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ],
    resources: ['*'],
  });
