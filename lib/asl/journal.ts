import type { RecordedEvent } from './history.ts';

/** A definition that executions in the journal were started with. */
export interface MachineRecord {
  readonly kind: 'machine';
  /** Hash of name and definition. */
  readonly machine: string;
  readonly name: string;
  readonly definition: string;
}

/** An execution was started. */
export interface StartRecord {
  readonly kind: 'start';
  /** Its key in this journal. */
  readonly execution: string;
  readonly name: string;
  readonly machine: string;
  /** JSON text. */
  readonly input: string;
}

/** Something happened in an execution. `path` is the state's, e.g. `/Fan#1[3]/Put#1`; `''` is the execution itself. */
export interface EventRecord {
  readonly kind: 'event';
  readonly execution: string;
  readonly path: string;
  readonly event: RecordedEvent;
}

/** A value that a state drew once and must find again after a crash: a task token, the time when a wait is due. */
export interface NoteRecord {
  readonly kind: 'note';
  readonly execution: string;
  readonly path: string;
  readonly note: string;
}

export type JournalRecord = MachineRecord | StartRecord | EventRecord | NoteRecord;

/** Where executions write down what happened, in order. */
export interface Journal {
  /** Writes a record; it is durable once a later {@link sync} has resolved. */
  append(record: JournalRecord): void;
  /** Resolves once everything that was appended is durable; `undefined` when nothing is left to wait for. */
  sync(): Promise<void> | undefined;
  /** Everything that was durable when the journal was opened, in order. */
  read(): Iterable<JournalRecord>;
  /** The records of this execution will not be asked for again. */
  forget(execution: string): void;
  close(): Promise<void>;
}

/** A journal that lives as long as the process: for tests, simulation and bench runs. */
export function memoryJournal(records: JournalRecord[] = []): Journal & { readonly records: readonly JournalRecord[] } {
  const earlier = [...records];
  return {
    records,
    append: (record) => void records.push(record),
    sync: () => undefined,
    read: () => earlier,
    forget: () => undefined,
    close: async () => undefined,
  };
}

/** A journal that keeps nothing: the fastest, and nothing survives. */
export const noJournal: Journal = {
  append: () => undefined,
  sync: () => undefined,
  read: () => [],
  forget: () => undefined,
  close: async () => undefined,
};
