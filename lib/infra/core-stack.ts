import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { isOfFlow, type MachineName } from '../core/step.ts';
import { alertsTopic } from './alerts.ts';
import { auditBucket } from './audit-bucket.ts';
import { type Estate, rotatedSecrets, sharedSteps } from './estate.ts';
import { encryptionKey, fingerprintKey, logsKey, signingKey } from './keys.ts';
import type { LedgerResources } from './ledger-access.ts';
import { ledgerTable } from './ledger-table.ts';
import { pluginPermissions } from './permissions.ts';
import { starter, typeMachines } from './starter.ts';
import { StepLambda } from './step-lambda.ts';

const REFUSED =
  'a request was refused, or a due secret could not be begun. The cause of the failed execution names it and what to do.';

export interface CoreStackProps extends StackProps {
  readonly estate: Estate;
  /** Step -> the folder of its bundle. */
  readonly bundle: (step: string) => string;
  /** The text of a machine. */
  readonly definition: (machine: MachineName) => string;
}

/** What all types of an environment share: the ledger with its keys, the audit bucket, and the steps that read no value. */
export class CoreStack extends Stack {
  readonly ledger: LedgerResources;
  readonly #functions: Readonly<Record<string, IFunction>>;
  readonly alerts: ITopic;

  constructor(scope: Construct, id: string, { estate, bundle, definition, ...props }: CoreStackProps) {
    super(scope, id, props);
    this.ledger = this.#ledger();
    this.alerts = alertsTopic(this);
    auditBucket(this, encryptionKey(this, 'AuditKey', 'Keyturn: anchors of the audit chain'), retentionOf(estate));
    const key = logsKey(this, 'LogsKey');
    this.#functions = this.#lambdas(estate, bundle, key);
    const start = (id: string, machine: 'intake' | 'fleet', failed: string) => {
      const functions = this.functionsOf(machine);
      const text = definition(machine);
      return starter(this, id, {
        estate,
        machine,
        definition: text,
        functions,
        logsKey: key,
        alerts: this.alerts,
        failed,
      });
    };
    start('Fleet', 'fleet', 'not every secret of a fleet was rotated. Its output names each and why.');
    const { stateMachineArn } = start('FrontDoor', 'intake', REFUSED);
    new CfnOutput(this, 'IntakeMachine', { description: 'Where rotations are started', value: stateMachineArn });
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

  #lambdas(estate: Estate, bundle: CoreStackProps['bundle'], key: IKey): Record<string, IFunction> {
    const { ledger } = this;
    const answers = new PolicyStatement({
      actions: ['states:SendTaskSuccess'],
      resources: typeMachines(this, estate),
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
