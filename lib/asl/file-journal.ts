import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Journal, JournalRecord } from './journal.ts';
import { type Codec, decode, encode, type OpenFile, openFile, rewriteFile } from './journal-file.ts';

export interface FileJournalOptions extends Partial<Codec> {
  /** Rewrites the file once it has more bytes than this, half of them forgotten; 64 MiB. */
  readonly compactAbove?: number;
}

const SAME = (body: Buffer): Buffer => body;

/**
 * A journal in a directory, which is made. What waits at the same time is written together, and one fsync serves all.
 * It holds task tokens, which are credentials: `seal` and `unseal` encrypt what is written. Throws a JournalRefused for
 * a file that is no journal of this version, or damaged other than at its end.
 */
export async function openFileJournal(directory: string, options: FileJournalOptions = {}): Promise<Journal> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'journal');
  const { seal = SAME, unseal = SAME, compactAbove = 64 * 1024 * 1024 } = options;
  return new FileJournal(path, await openFile(path), { seal, unseal }, compactAbove);
}

/** What everybody waits for who wants the same records to be durable. */
class Flush {
  readonly records: JournalRecord[] = [];
  resolve: () => void = () => undefined;
  reject: (reason: unknown) => void = () => undefined;
  readonly done: Promise<void>;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // That nobody waits for this very flush is no fault; a failure is told by every later sync.
    this.done.catch(() => undefined);
  }
}

class FileJournal implements Journal {
  readonly #path: string;
  readonly #codec: Codec;
  readonly #compactAbove: number;
  #file: OpenFile;
  #size: number;
  #dead = 0;
  readonly #bytes = new Map<string, number>();
  #next = new Flush();
  #current: Flush | undefined;
  #flushing = false;
  #failure: { readonly reason: unknown } | undefined;

  constructor(path: string, file: OpenFile, codec: Codec, compactAbove: number) {
    this.#path = path;
    this.#file = file;
    this.#size = file.size;
    this.#codec = codec;
    this.#compactAbove = compactAbove;
  }

  append(record: JournalRecord): void {
    this.#next.records.push(record);
    if (!this.#flushing) void this.#flushAll();
  }

  sync(): Promise<void> | undefined {
    if (this.#failure) return Promise.reject(this.#failure.reason);
    return this.#next.records.length > 0 ? this.#next.done : this.#current?.done;
  }

  *read(): Iterable<JournalRecord> {
    const { bodies, ...file } = this.#file;
    this.#file = { ...file, bodies: [] };
    for (const body of bodies) {
      const records = decode(body, this.#codec);
      this.#count(records, body.length);
      yield* records;
    }
  }

  forget(execution: string): void {
    this.#dead += this.#bytes.get(execution) ?? 0;
    this.#bytes.delete(execution);
  }

  async close(): Promise<void> {
    try {
      await this.sync();
    } finally {
      await this.#file.handle.close();
    }
  }

  async #flushAll(): Promise<void> {
    this.#flushing = true;
    // Whoever appends in this turn of the event loop shares the fsync.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#next.records.length > 0 && !this.#failure) await this.#flush();
    this.#flushing = false;
  }

  async #flush(): Promise<void> {
    const flush = this.#next;
    this.#current = flush;
    this.#next = new Flush();
    try {
      await this.#write(flush.records);
      this.#current = undefined;
      flush.resolve();
    } catch (reason) {
      // What is in the file now is not known: nothing more is written, and every sync is told why.
      this.#failure = { reason };
      flush.reject(reason);
      this.#next.reject(reason);
    }
  }

  async #write(records: readonly JournalRecord[]): Promise<void> {
    const frame = encode(records, this.#codec);
    await this.#file.handle.appendFile(frame);
    await this.#file.handle.datasync();
    this.#size += frame.length;
    this.#count(records, frame.length);
    if (this.#size > this.#compactAbove && this.#dead > this.#size / 2) await this.#compact();
  }

  /** Shares the bytes of a frame out among the executions in it. */
  #count(records: readonly JournalRecord[], bytes: number): void {
    const share = bytes / records.length;
    for (const record of records) {
      if (record.kind === 'machine') continue;
      this.#bytes.set(record.execution, (this.#bytes.get(record.execution) ?? 0) + share);
    }
  }

  async #compact(): Promise<void> {
    const old = this.#file.handle;
    this.#file = await rewriteFile(
      this.#path,
      this.#codec,
      (it) => it.kind === 'machine' || this.#bytes.has(it.execution),
    );
    await old.close();
    this.#size = this.#file.size;
    this.#dead = 0;
  }
}
