import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type EventStore, type ExecutionRecord, openEventStore } from '../../lib/local/event-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const AT = Date.UTC(2026, 0, 1);
const LATER = AT + 1000;

const anExecution = (over: Partial<ExecutionRecord> = {}): ExecutionRecord => ({
  name: 'e-1',
  machine: 'overlap',
  status: 'RUNNING',
  started: AT,
  input: '{"ticket":"t"}',
  ...over,
});

const anEvent = (id: number, type = 'PassStateEntered') => ({
  id,
  previousEventId: id - 1,
  timestamp: '2026-01-01T00:00:00.000Z',
  type,
  stateEnteredEventDetails: { name: `State${id}`, input: '{"a":"ü\\"\u2028"}' },
});

function twoViews(): [EventStore, EventStore] {
  const file = join(temporaryDirectory(), 'ledger.db');
  const views: [EventStore, EventStore] = [openEventStore(file), openEventStore(file)];
  onTestFinished(() => {
    for (const view of views) view.close();
  });
  return views;
}

it('shows another process what was recorded', () => {
  const [store, other] = twoViews();
  store.recordExecution(anExecution());
  store.appendEvents('e-1', [anEvent(1), anEvent(2)]);
  expect(other.execution('e-1')).toEqual(anExecution());
  expect(other.history('e-1')).toEqual([anEvent(1), anEvent(2)]);
});

it('replaces an event of the same id, whatever the order of arrival', () => {
  const [store] = twoViews();
  store.appendEvents('e-1', [anEvent(11), anEvent(2)]);
  store.appendEvents('e-1', [anEvent(2, 'FailStateEntered'), anEvent(3)]);
  expect(store.history('e-1')).toEqual([anEvent(2, 'FailStateEntered'), anEvent(3), anEvent(11)]);
});

it('keeps all of a batch or none', () => {
  const [store] = twoViews();
  expect(() => store.appendEvents('e-1', [anEvent(1), { id: Number.NaN }])).toThrow(
    expect.objectContaining({ name: 'LedgerUnavailable' }),
  );
  expect(store.history('e-1')).toEqual([]);
});

it('brings an execution up to date and lists the newest first', () => {
  const [store] = twoViews();
  store.recordExecution(anExecution({ name: 'e-1', started: LATER }));
  store.recordExecution(anExecution({ name: 'e-2', machine: 'keyring' }));
  store.recordExecution(anExecution({ name: 'e-1', status: 'SUCCEEDED', ended: LATER, output: 'null' }));
  expect(store.executions({}).map(({ name }) => name)).toEqual(['e-2', 'e-1']);
  expect(store.executions({ status: 'SUCCEEDED' }).map(({ ended }) => ended)).toEqual([LATER]);
  expect(store.executions({ machine: 'keyring' }).map(({ name }) => name)).toEqual(['e-2']);
  expect(store.executions({ limit: 1 })).toHaveLength(1);
});

it('has no history of what it does not know', () => {
  const [store] = twoViews();
  expect(store.history('e-9')).toEqual([]);
  expect(store.execution('e-9')).toBeUndefined();
});
