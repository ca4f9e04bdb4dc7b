import type { Journal, JournalRecord } from '../../../lib/asl/journal.ts';

/** A journal of which a crash leaves what was synced, and nothing that came after. */
export class CrashJournal implements Journal {
  #records: JournalRecord[] = [];
  #durable = 0;

  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  append(record: JournalRecord): void {
    this.#records.push(record);
  }

  sync(): undefined {
    this.#durable = this.#records.length;
    return undefined;
  }

  read(): readonly JournalRecord[] {
    return this.#records.slice(0, this.#durable);
  }

  forget(): void {
    // Nothing is compacted in a test.
  }

  async close(): Promise<void> {
    // What was not synced is lost, as with a process that is killed.
  }

  /** As the next process finds it. */
  afterCrash(): CrashJournal {
    const next = new CrashJournal();
    next.#records = [...this.read()];
    next.#durable = next.#records.length;
    return next;
  }
}
