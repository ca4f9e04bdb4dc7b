import { z } from 'zod';
import { openSql } from './ledger/sql.ts';

const executionRecord = z.strictObject({
  /** Unique: a start under the same name is the same execution. */
  name: z.string(),
  /** The name of its state machine. */
  machine: z.string(),
  status: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
  /** Epoch ms. */
  started: z.number(),
  ended: z.number().optional(),
  /** JSON texts. */
  input: z.string(),
  output: z.string().optional(),
});
export type ExecutionRecord = z.output<typeof executionRecord>;

/** An event in the shape of AWS' `GetExecutionHistory`; its details lie under a name that depends on the type. */
const storedEvent = z.looseObject({
  id: z.int().positive(),
  previousEventId: z.int().nonnegative(),
  timestamp: z.string(),
  type: z.string(),
});
export type StoredEvent = z.output<typeof storedEvent>;

export interface ExecutionFilter {
  readonly machine?: string;
  readonly status?: ExecutionRecord['status'];
  readonly limit?: number;
}

/** Executions and their histories, for whoever asks from another process. Every method throws `LedgerUnavailable`. */
export interface EventStore {
  /** Keeps an execution; one of the same name is brought up to date. */
  recordExecution(execution: ExecutionRecord): void;
  /** Keeps events, all of them or none; one of the same id is replaced. */
  appendEvents(execution: string, events: readonly { readonly id: number }[]): void;
  execution(name: string): ExecutionRecord | undefined;
  /** Newest first. */
  executions(filter: ExecutionFilter): ExecutionRecord[];
  /** By id. Empty for an execution that is not known. */
  history(execution: string): StoredEvent[];
  close(): void;
}

const RECORD = `INSERT INTO executions (doc) VALUES (?) ON CONFLICT (name) DO UPDATE SET doc = excluded.doc`;

const APPEND = `INSERT INTO events (execution, doc) SELECT ?, value FROM json_each(?) WHERE true
  ON CONFLICT (execution, id) DO UPDATE SET doc = excluded.doc`;

const FIND = `SELECT doc FROM executions
  WHERE (?1 IS NULL OR machine = ?1) AND (?2 IS NULL OR status = ?2)
  ORDER BY seq DESC LIMIT ?3`;

/** Opens the store in the ledger's file. @throws LedgerUnavailable */
export function openEventStore(file: string): EventStore {
  const sql = openSql(file);
  return {
    recordExecution: (execution) => void sql.run(RECORD, JSON.stringify(execution)),
    appendEvents: (execution, events) => void sql.run(APPEND, execution, JSON.stringify(events)),
    execution: (name) => sql.docs(executionRecord, 'SELECT doc FROM executions WHERE name = ?', name)[0],
    executions: ({ machine, status, limit }) =>
      sql.docs(executionRecord, FIND, machine ?? null, status ?? null, limit ?? -1),
    history: (execution) => sql.docs(storedEvent, 'SELECT doc FROM events WHERE execution = ? ORDER BY id', execution),
    close: sql.close,
  };
}
