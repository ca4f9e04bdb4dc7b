import { type DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { awsCode } from '../core/aws-code.ts';
import { isRotationError, RotationError } from '../core/errors.ts';

interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** What must hold of a row for a write to count: that there is none, or that it has these values. */
type Condition = 'absent' | Readonly<Record<string, string | number>>;

export type Write =
  | { readonly put: Key & Readonly<Record<string, unknown>>; readonly when?: Condition }
  | { readonly remove: Key; readonly when: Condition }
  | { readonly check: Key; readonly when: Condition };

interface ListOptions {
  /** The rows' sort keys: this, then an ordinal. */
  readonly prefix: string;
  /** Only rows of a higher ordinal. */
  readonly after?: number;
  readonly newestFirst?: boolean;
}

/** The table, with reads that see every write before them. Each method throws `LedgerUnavailable` where it does not answer. */
export interface LedgerTable {
  get<Row extends z.ZodType>(row: Row, key: Key): Promise<z.output<Row> | undefined>;
  /** In the order of their sort keys, read as far as they are taken. */
  list<Row extends z.ZodType>(row: Row, pk: string, options: ListOptions): AsyncGenerator<z.output<Row>>;
  /** All writes or none; false when another writer was first. */
  write(writes: readonly Write[]): Promise<boolean>;
  /** The next number of a counter, which begins at 1 and may leave gaps. */
  next(counter: string): Promise<number>;
}

const LAST = '9'.repeat(16);
/** Numbers as sort keys, in their order. */
export const ordinal = (number: number): string => String(number).padStart(16, '0');

const counted = z.object({ n: z.int() });

export function ledgerTable(client: DynamoDBClient, TableName: string): LedgerTable {
  const dynamo = DynamoDBDocumentClient.from(client);
  return {
    get: (row, Key) =>
      naming(TableName, async () => {
        const { Item } = await dynamo.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
        return Item === undefined ? undefined : row.parse(Item);
      }),
    list: async function* (row, pk, options) {
      const query = queryOf(pk, options);
      let from: Record<string, unknown> | undefined;
      do {
        const start = from === undefined ? {} : { ExclusiveStartKey: from };
        const command = new QueryCommand({ TableName, ConsistentRead: true, ...query, ...start });
        const page = await naming(TableName, () => dynamo.send(command));
        for (const item of page.Items ?? []) yield row.parse(item);
        from = page.LastEvaluatedKey;
      } while (from !== undefined);
    },
    write: (writes) =>
      naming(TableName, async () => {
        const TransactItems = writes.map((write) => transactItem(TableName, write));
        try {
          await dynamo.send(new TransactWriteCommand({ TransactItems }));
          return true;
        } catch (error) {
          if (wasLost(error)) return false;
          throw error;
        }
      }),
    next: (counter) =>
      naming(TableName, async () => {
        const { Attributes } = await dynamo.send(
          new UpdateCommand({
            TableName,
            Key: { pk: `counter#${counter}`, sk: 'counter' },
            UpdateExpression: 'ADD n :one',
            ExpressionAttributeValues: { ':one': 1 },
            ReturnValues: 'UPDATED_NEW',
          }),
        );
        return counted.parse(Attributes).n;
      }),
  };
}

export async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** Nothing of what DynamoDB says is repeated but the name of its error. */
async function naming<T>(table: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRotationError(error)) throw error;
    throw new RotationError('LedgerUnavailable', { subject: `table ${table}`, code: awsCode(error) });
  }
}

function queryOf(pk: string, { prefix, after = 0, newestFirst = false }: ListOptions) {
  const [from, to] = [`${prefix}${ordinal(after + 1)}`, `${prefix}${LAST}`];
  return {
    KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
    ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
    ScanIndexForward: !newestFirst,
  };
}

function transactItem(TableName: string, write: Write) {
  const condition = conditionOf(write.when);
  if ('put' in write) return { Put: { TableName, Item: write.put, ...condition } };
  const required = { ConditionExpression: 'attribute_exists(pk)', ...condition };
  if ('remove' in write) return { Delete: { TableName, Key: write.remove, ...required } };
  return { ConditionCheck: { TableName, Key: write.check, ...required } };
}

function conditionOf(when: Condition | undefined) {
  if (when === undefined) return {};
  if (when === 'absent') return { ConditionExpression: 'attribute_not_exists(pk)' };
  const names = Object.keys(when);
  return {
    ConditionExpression: names.map((name) => `#${name} = :${name}`).join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, when[name]])),
  };
}

const LOST = ['None', 'ConditionalCheckFailed', 'TransactionConflict'];

function wasLost(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  return (error.CancellationReasons ?? []).every(({ Code = 'None' }) => LOST.includes(Code));
}
