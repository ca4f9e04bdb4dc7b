import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { alarmOnAny } from './alerts.ts';
import type { Estate } from './estate.ts';
import { Machine, machineArn, machineName } from './machine.ts';

export interface StarterProps {
  readonly estate: Estate;
  /** Its file in state-machines/. */
  readonly machine: 'intake' | 'fleet';
  /** The text of that file. */
  readonly definition: string;
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly logsKey: IKey;
  readonly alerts: ITopic;
  /** What a failed execution means, for whoever is paged. */
  readonly failed: string;
}

/** The machines of the types in use. */
export const typeMachines = (scope: Construct, { types, environment }: Estate): string[] =>
  types.map(({ name }) => machineArn(scope, machineName(environment, name)));

/** A machine that starts those of the types in its own environment, and may do no more with them. */
export function starter(scope: Construct, id: string, props: StarterProps): StateMachine {
  const { estate, machine, alerts, failed, ...rest } = props;
  const name = machineName(estate.environment, machine);
  const { stateMachine } = new Machine(scope, id, {
    ...rest,
    name,
    substitutions: { Machines: machineArn(scope, machineName(estate.environment, '')) },
    statements: [new PolicyStatement({ actions: ['states:StartExecution'], resources: typeMachines(scope, estate) })],
  });
  alarmOnAny(scope, alerts, {
    id: `${id}Failed`,
    description: `${name}: ${failed}`,
    metric: stateMachine.metricFailed(),
  });
  return stateMachine;
}
