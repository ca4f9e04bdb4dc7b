import type { Execution } from './execution.ts';
import type { Child, ChildEnd } from './run.ts';

/** An execution as the one that started it sees it. */
export const asChild = (execution: Execution): Child => ({
  arn: execution.arn,
  startedAt: execution.startedAt,
  ended: execution.done.then(describe),
  stop: () => execution.stop(undefined, undefined),
});

function describe({ arn, name, machineArn, status, startedAt, end, inputData }: Execution): ChildEnd {
  const redrivable = status !== 'SUCCEEDED';
  return {
    status,
    input: inputData,
    output: end?.output,
    description: {
      ExecutionArn: arn,
      Name: name,
      ...(end?.error === undefined ? {} : { Error: end.error }),
      ...(end?.cause === undefined ? {} : { Cause: end.cause }),
      RedriveCount: 0,
      RedriveStatus: redrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
      ...(redrivable ? {} : { RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven' }),
      StartDate: startedAt,
      StateMachineArn: machineArn,
      Status: status,
      StopDate: end?.at ?? startedAt,
    },
  };
}
