import type { Integration } from './integration.ts';
import { invoke, readLambdaResult } from './integration-lambda.ts';
import { followExecution, readStartResult, startExecution } from './integration-states.ts';

const lambda = {
  resourceType: 'lambda',
  required: 'FunctionName',
  known: new Set(['FunctionName', 'Payload']),
  submit: invoke,
  read: readLambdaResult,
} as const;

const states = {
  resourceType: 'states',
  required: 'StateMachineArn',
  known: new Set(['StateMachineArn', 'Input', 'Name']),
  submit: startExecution,
  read: readStartResult,
} as const;

/** The integrations, by what follows `arn:<partition>:states:::` in `Resource`. */
export const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  'lambda:invoke': { ...lambda, resource: 'invoke' },
  'lambda:invoke.waitForTaskToken': { ...lambda, resource: 'invoke.waitForTaskToken', waitsFor: 'token' },
  'states:startExecution': { ...states, resource: 'startExecution' },
  'states:startExecution.sync': {
    ...states,
    resource: 'startExecution.sync',
    waitsFor: 'job',
    follow: (visit, submitted, call) => followExecution(visit, submitted, call, (data) => data.text),
  },
  'states:startExecution.sync:2': {
    ...states,
    resource: 'startExecution.sync:2',
    waitsFor: 'job',
    follow: (visit, submitted, call) => followExecution(visit, submitted, call, (data) => data.json),
  },
};

const ARN = /^arn:[\w-]+:states:::(.+)$/;

/** The integration of a `Resource`; `undefined` when it is not supported. */
export function integrationOf(arn: string): Integration | undefined {
  const name = ARN.exec(arn)?.[1];
  return name !== undefined && Object.hasOwn(INTEGRATIONS, name) ? INTEGRATIONS[name] : undefined;
}
