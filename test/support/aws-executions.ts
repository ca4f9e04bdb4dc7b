import { randomUUID } from 'node:crypto';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { vi } from 'vitest';
import { z } from 'zod';
import { ACCOUNT, REGION } from './aws-estate.ts';

const begun = z.object({ rotations: z.array(z.object({ rotationId: z.string(), execution: z.string() })) });

/** Step Functions as a person has it in the console: start, look, read the history. */
export function awsExecutions(endpoint: string) {
  const sfn = new SFNClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: 'test' },
  });
  const ended = (executionArn: string): Promise<DescribeExecutionOutput> =>
    vi.waitFor(
      async () => {
        const found = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        if (found.status === 'RUNNING') throw new Error(`${executionArn} still runs`);
        return found;
      },
      { timeout: 180_000, interval: 250 },
    );
  const start = async (machine: string, input: unknown, name: string = randomUUID()) => {
    const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:keyturn-production-${machine}`;
    const { executionArn = '' } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
    );
    return ended(executionArn);
  };
  const events = async (executionArn: string): Promise<HistoryEvent[]> => {
    const found: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await sfn.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, ...(nextToken && { nextToken }) }),
      );
      found.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return found;
  };
  return {
    /** Starts an execution of a machine and waits for its end. */
    start,
    ended,
    events,
    /** Asks at the front door, and follows the rotation to its end. */
    rotate: async (secretId: string, reason: string) => {
      const { output = '{}', cause } = await start('intake', { secretId, reason });
      const [run] = begun.parse(JSON.parse(output)).rotations;
      if (run === undefined) throw new Error(`nothing was begun: ${cause}`);
      return { ...run, end: await ended(run.execution) };
    },
    /** The states that were entered, in their order. */
    states: async (executionArn: string) =>
      (await events(executionArn)).flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []),
    close: () => sfn.destroy(),
  };
}
