import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { startLocalstack } from '../../support/localstack.ts';
import type { Case, Mock } from './case.ts';
import { EXECUTION } from './ours.ts';
import { type Event, parse, type Run, readEvent } from './run.ts';

/** The other engine, with the task results of all cases that it will be asked to run. */
export interface Oracle {
  run(which: Case): Promise<Run>;
  stop(): Promise<void>;
}

const TEST_CASE = 'mocked';
const POLL_MS = 150;

export async function startOracle(cases: readonly Case[]): Promise<Oracle> {
  const directory = await mkdtemp(join(tmpdir(), 'keyturn-oracle-'));
  const file = join(directory, 'mocks.json');
  await writeFile(file, JSON.stringify(mockConfig(cases)));
  const localstack = await startLocalstack({ env: { SFN_MOCK_CONFIG: file } });
  const { endpoint } = localstack;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SFNClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 5 });
  return {
    run: (which) => runThere(client, which),
    stop: async () => {
      client.destroy();
      await localstack.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The results of the Tasks, in the form of Step Functions Local: one test case per machine. */
function mockConfig(cases: readonly Case[]) {
  const StateMachines: Record<string, unknown> = {};
  const MockedResponses: Record<string, unknown> = {};
  for (const { name, mocks } of cases) {
    const states = Object.keys(mocks).map((state) => [state, `${name}/${state}`] as const);
    StateMachines[name] = { TestCases: { [TEST_CASE]: Object.fromEntries(states) } };
    for (const [state, key] of states) MockedResponses[key] = Object.fromEntries((mocks[state] ?? []).map(response));
  }
  return { StateMachines, MockedResponses };
}

const response = (mock: Mock, at: number) => [
  String(at),
  'error' in mock
    ? { Throw: { Error: mock.error, Cause: mock.cause } }
    : { Return: { StatusCode: 200, ExecutedVersion: '$LATEST', Payload: mock.result } },
];

async function runThere(client: SFNClient, { name, definition, input }: Case): Promise<Run> {
  const roleArn = 'arn:aws:iam::000000000000:role/oracle';
  const create = new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn });
  const { stateMachineArn } = await client.send(create);
  const start = new StartExecutionCommand({
    stateMachineArn: `${stateMachineArn}#${TEST_CASE}`,
    name: EXECUTION,
    input: JSON.stringify(input),
  });
  const { executionArn } = await client.send(start);
  const { status = '', output, error, cause } = await ended(client, executionArn);
  const events = await history(client, executionArn);
  return { status, output: parse(output), error, cause, events: toldOnce(events.map(readEvent)) };
}

/** Theirs tells of a failed evaluation twice where a Retry or Catch may see it: the second is left out. */
function toldOnce(events: readonly Event[]): Event[] {
  const told = new Set<number>();
  const first = new Map<number, number>();
  for (const { id, previous, type } of events) {
    if (type !== 'EvaluationFailed') continue;
    if (told.has(previous)) first.set(id, previous);
    else told.add(id);
  }
  return events
    .filter(({ id }) => !first.has(id))
    .map((event) => ({ ...event, previous: first.get(event.previous) ?? event.previous }));
}

async function ended(client: SFNClient, executionArn: string | undefined) {
  for (;;) {
    const shown = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (shown.status !== 'RUNNING') return shown;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function history(client: SFNClient, executionArn: string | undefined): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new GetExecutionHistoryCommand({ executionArn, nextToken, maxResults: 1000 }));
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}
