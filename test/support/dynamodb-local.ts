import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { freePort } from '../../lib/local/free-port.ts';
import { peersCache } from './peers.ts';

export interface DynamoDbLocal {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  /** A client of its own, which ends with the server. */
  another(): DynamoDBClient;
  /** An empty table of the shape that the core stack makes. */
  createTable(name: string): Promise<void>;
  stop(): Promise<void>;
}

const READY_MS = 60_000;
/** It asks for some, and takes any. */
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** AWS's own DynamoDB Local, in memory, on a free port. */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const port = await freePort();
  const libraries = join(peersCache, 'dynamodb-lib');
  const server = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';
  const options = [`-Djava.library.path=${libraries}`, '-cp', join(libraries, '*'), server];
  const child = spawn('java', [...options, '-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)], {
    stdio: 'ignore',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const clients: DynamoDBClient[] = [];
  const another = () => {
    const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials });
    clients.push(client);
    return client;
  };
  const client = another();
  const stop = async () => {
    for (const opened of clients) opened.destroy();
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, 'exit');
  };
  try {
    await ready(client);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, client, another, stop, createTable: (name) => createTable(client, name) };
}

async function ready(client: DynamoDBClient): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    try {
      await client.send(new ListTablesCommand());
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function createTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
}
