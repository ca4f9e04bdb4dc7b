import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Permission } from '../core/ports.ts';
import type { Step } from '../core/step.ts';
import { type LedgerResources, ledgerEnvironment, ledgerStatements } from './ledger-access.ts';
import { acknowledge } from './nag.ts';

/** Seconds; below the 60 of its Task, so that the flow sees a time-out of the function and not one of its own. */
const TIMEOUT = 50;
/** Bounds what one step opens at a target at once, and keeps room for an emergency in a busy account. */
const CONCURRENCY = 10;

export interface StepLambdaProps {
  readonly step: Step;
  /** The folder of its bundle. */
  readonly bundle: string;
  readonly ledger: LedgerResources;
  readonly logsKey: IKey;
  /** What the plugins that it opens need. */
  readonly permissions: readonly Permission[];
  readonly statements?: readonly PolicyStatement[];
}

/** One step as a function, under a role that can do what this step does and nothing else. */
export class StepLambda extends Construct {
  readonly function: LambdaFunction;

  constructor(scope: Construct, { step, bundle, ledger, logsKey, permissions, statements = [] }: StepLambdaProps) {
    super(scope, step.name);
    const logGroup = new LogGroup(this, 'Logs', {
      encryptionKey: logsKey,
      retention: RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const policy = new ManagedPolicy(this, 'Policy', {
      roles: [role],
      statements: [
        ...own(logGroup),
        ...ledgerStatements(step.name, ledger),
        ...permissions.map(
          ({ actions, resources }) => new PolicyStatement({ actions: [...actions], resources: [...resources] }),
        ),
        ...statements,
      ],
    });
    acknowledge(policy, 'IAM5[Resource::*]');
    this.function = new LambdaFunction(this, 'Function', {
      description: step.summary,
      code: Code.fromAsset(bundle),
      handler: `${step.name}.handler`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(TIMEOUT),
      reservedConcurrentExecutions: CONCURRENCY,
      tracing: Tracing.ACTIVE,
      role: role.withoutPolicyUpdates(),
      logGroup,
      environment: { ...ledgerEnvironment(ledger), NODE_OPTIONS: '--enable-source-maps' },
    });
    this.function.node.addDependency(policy);
    acknowledge(this.function, 'LambdaDLQ', 'LambdaInsideVPC');
  }
}

/** What every function needs for itself: its log group and its traces. */
const own = (logGroup: ILogGroup): PolicyStatement[] => [
  new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
  new PolicyStatement({ actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] }),
];
