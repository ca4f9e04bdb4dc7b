import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { isOfFlow, type MachineName } from '../core/step.ts';
import { alarmOnAny, alertsTopic } from './alerts.ts';
import { auditBucket } from './audit-bucket.ts';
import { type Estate, rotatedSecrets, sharedSteps } from './estate.ts';
import { encryptionKey, fingerprintKey, logsKey, signingKey } from './keys.ts';
import type { LedgerResources } from './ledger-access.ts';
import { ledgerTable } from './ledger-table.ts';
import { Machine, machineArn, machineName } from './machine.ts';
import { pluginPermissions } from './permissions.ts';
import { StepLambda } from './step-lambda.ts';

export interface CoreStackProps extends StackProps {
  readonly estate: Estate;
  /** Step -> the folder of its bundle. */
  readonly bundle: (step: string) => string;
  /** The text of the machine of fleets. */
  readonly fleet: string;
}

/** What all types of an environment share: the ledger with its keys, the audit bucket, and the steps that read no value. */
export class CoreStack extends Stack {
  readonly ledger: LedgerResources;
  readonly #functions: Readonly<Record<string, IFunction>>;
  readonly alerts: ITopic;

  constructor(scope: Construct, id: string, { estate, bundle, fleet, ...props }: CoreStackProps) {
    super(scope, id, props);
    this.ledger = this.#ledger();
    this.alerts = alertsTopic(this);
    auditBucket(this, encryptionKey(this, 'AuditKey', 'Keyturn: anchors of the audit chain'), retentionOf(estate));
    const key = logsKey(this, 'LogsKey');
    this.#functions = this.#lambdas(estate, bundle, key);
    this.#fleet(estate, fleet, key);
  }

  /** Those of its functions that a machine calls. */
  functionsOf(machine: MachineName): Record<string, IFunction> {
    const steps = sharedSteps.filter((step) => isOfFlow(step, machine)).map(({ name }) => name);
    return Object.fromEntries(Object.entries(this.#functions).filter(([name]) => steps.includes(name)));
  }

  #ledger(): LedgerResources {
    const tableKey = encryptionKey(this, 'LedgerKey', 'Keyturn: ledger');
    return {
      table: ledgerTable(this, tableKey),
      tableKey,
      auditKey: signingKey(this, 'ChainKey'),
      fingerprintKey: fingerprintKey(this, 'FingerprintKey'),
      tokenKey: encryptionKey(this, 'TokenKey', 'Keyturn: task tokens'),
    };
  }

  /** Starts rotations and watches the ledger, so it needs no more of them than their start. */
  #fleet(estate: Estate, definition: string, key: IKey): void {
    const name = machineName(estate.environment, 'fleet');
    const { stateMachine } = new Machine(this, 'Fleet', {
      name,
      definition,
      functions: this.functionsOf('fleet'),
      logsKey: key,
      substitutions: { Machines: machineArn(this, machineName(estate.environment, '')) },
      statements: [new PolicyStatement({ actions: ['states:StartExecution'], resources: this.#machines(estate) })],
    });
    alarmOnAny(this, this.alerts, {
      id: 'FleetFailed',
      description: `${name}: not every secret of a fleet was rotated. Its output names each and why.`,
      metric: stateMachine.metricFailed(),
    });
  }

  #machines({ types, environment }: Estate): string[] {
    return types.map(({ name }) => machineArn(this, machineName(environment, name)));
  }

  #lambdas(estate: Estate, bundle: CoreStackProps['bundle'], key: IKey): Record<string, IFunction> {
    const { ledger } = this;
    const answers = new PolicyStatement({
      actions: ['states:SendTaskSuccess'],
      resources: this.#machines(estate),
    });
    const lambdas = sharedSteps.map((step) => {
      const permissions = pluginPermissions(step, rotatedSecrets(estate), estate.config, estate.catalog);
      const statements = step.name === 'approval' ? [answers] : [];
      const made = new StepLambda(this, {
        step,
        bundle: bundle(step.name),
        ledger,
        logsKey: key,
        permissions,
        statements,
      });
      return [step.name, made.function] as const;
    });
    return Object.fromEntries(lambdas);
  }
}

/** The longest that the policy keeps records of a secret of this estate. */
function retentionOf(estate: Estate): Duration {
  const seconds = rotatedSecrets(estate).map(({ classification }) => estate.config.policy[classification].records);
  return Duration.days(Math.ceil(Math.max(...seconds) / 86_400));
}
