import { Stack, type StackProps } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { alarmOnAny } from './alerts.ts';
import type { CoreStack } from './core-stack.ts';
import type { Estate, TypeInUse } from './estate.ts';
import { logsKey } from './keys.ts';
import { Machine, machineName } from './machine.ts';
import { pluginPermissions } from './permissions.ts';
import { StepLambda } from './step-lambda.ts';

export interface TypeStackProps extends StackProps {
  readonly estate: Estate;
  readonly type: TypeInUse;
  readonly core: CoreStack;
  readonly bundle: (step: string) => string;
  /** The text of the type's flow. */
  readonly definition: string;
}

/** One type of secret: its machine, and the steps that work on its values. */
export class TypeStack extends Stack {
  constructor(scope: Construct, id: string, { estate, type, core, bundle, definition, ...props }: TypeStackProps) {
    super(scope, id, props);
    const { ledger } = core;
    const key = logsKey(this, 'LogsKey');
    const lambdas = type.steps.map((step): readonly [string, IFunction] => {
      const permissions = pluginPermissions(step, type.secrets, estate.config, estate.catalog);
      return [
        step.name,
        new StepLambda(this, { step, bundle: bundle(step.name), ledger, logsKey: key, permissions }).function,
      ];
    });
    const name = machineName(estate.environment, type.name);
    const functions = { ...core.functionsOf(type.flow), ...Object.fromEntries(lambdas) };
    const { stateMachine } = new Machine(this, 'Rotation', { name, definition, functions, logsKey: key });
    alarmOnAny(this, core.alerts, {
      id: 'Failed',
      description: `${name}: a rotation was rolled back, quarantined or refused. \`keyturn status\` names it and what to do.`,
      metric: stateMachine.metricFailed(),
    });
    alarmOnAny(this, core.alerts, {
      id: 'TimedOut',
      description: `${name}: an execution timed out and still holds its locks. \`keyturn resume\` takes it up from the ledger.`,
      metric: stateMachine.metricTimedOut(),
    });
  }
}
