import { type Data, dataFrom, parseData } from './data.ts';
import type { End } from './execution.ts';
import type { RecordedEvent } from './history.ts';
import type { Journal, JournalRecord } from './journal.ts';
import { type Machine, recompileMachine } from './machine.ts';
import type { Past } from './recorder.ts';

/** An execution that the journal knows. */
export interface Recovered {
  readonly name: string;
  readonly machine: Machine;
  readonly input: Data;
  readonly past: Past;
}

interface Draft extends Omit<Recovered, 'past' | 'machine'> {
  readonly machine: string;
  readonly events: RecordedEvent[];
  readonly eventsAt: Map<string, RecordedEvent[]>;
  readonly notesAt: Map<string, string[]>;
}

/** Reads what is in a journal, execution by execution. Each definition is compiled once, as it was at the start. */
export function readJournal(journal: Journal): Recovered[] {
  const machines = new Map<string, Machine>();
  const drafts = new Map<string, Draft>();
  for (const record of journal.read()) {
    if (record.kind === 'machine') {
      machines.set(record.machine, recompileMachine(record.definition, record.name));
    } else if (record.kind === 'start') {
      drafts.set(record.execution, draftOf(record));
    } else {
      take(drafts.get(record.execution), record);
    }
  }
  return [...drafts.values()].map(({ name, input, machine, ...past }) => {
    const compiled = machines.get(machine);
    if (!compiled) throw new Error(`the journal lacks the definition of the execution ${name}`);
    return { name, input, machine: compiled, past };
  });
}

function draftOf({ name, machine, input }: Extract<JournalRecord, { kind: 'start' }>): Draft {
  return { name, machine, input: parseData(input), events: [], eventsAt: new Map(), notesAt: new Map() };
}

function take(draft: Draft | undefined, record: Extract<JournalRecord, { kind: 'event' | 'note' }>): void {
  if (!draft) return;
  if (record.kind === 'note') {
    push(draft.notesAt, record.path, record.note);
  } else {
    draft.events.push(record.event);
    push(draft.eventsAt, record.path, record.event);
  }
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

const STATUS_OF: Readonly<Record<string, End['status']>> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionAborted: 'ABORTED',
  ExecutionTimedOut: 'TIMED_OUT',
};

/** How an execution ended, when it has. */
export function endOf(past: Past): End | undefined {
  const last = past.events.at(-1);
  const status = last && STATUS_OF[last.type];
  if (!last || !status) return undefined;
  const { output, error, cause } = last.details ?? {};
  return {
    status,
    at: last.at,
    output: output === undefined ? undefined : dataFrom(output),
    error: status !== 'TIMED_OUT' && typeof error === 'string' ? error : undefined,
    cause: typeof cause === 'string' ? cause : undefined,
  };
}
