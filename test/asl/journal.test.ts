import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openFileJournal } from '../../lib/asl/file-journal.ts';
import type { Journal, JournalRecord } from '../../lib/asl/journal.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const note = (execution: string, text: string): JournalRecord => ({
  kind: 'note',
  execution,
  path: '/A#1',
  note: text,
});

/** Writes records one fsync after another, and closes. */
async function write(directory: string, records: readonly JournalRecord[]): Promise<void> {
  const journal = await openFileJournal(directory);
  for (const record of records) {
    journal.append(record);
    await journal.sync();
  }
  await journal.close();
}

async function read(directory: string): Promise<JournalRecord[]> {
  const journal = await openFileJournal(directory);
  const records = [...journal.read()];
  await journal.close();
  return records;
}

const three = [note('a', 'one'), note('a', 'two'), note('b', 'three')];

describe('a journal in a file', () => {
  it('gives back what was written, in order', async () => {
    const directory = temporaryDirectory();
    await write(directory, three);
    await write(directory, [note('c', 'four')]);
    expect(await read(directory)).toEqual([...three, note('c', 'four')]);
  });

  it('is for its owner only', async () => {
    const directory = join(temporaryDirectory(), 'new', 'one');
    await write(directory, three);
    expect([statSync(directory).mode & 0o777, statSync(join(directory, 'journal')).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
  });

  it('makes durable with one fsync what waits at the same time', async () => {
    const directory = temporaryDirectory();
    const journal = await openFileJournal(directory);
    const probe = await open(directory, 'r');
    const datasync = vi.spyOn(Object.getPrototypeOf(probe), 'datasync');
    await probe.close();
    await Promise.all(
      Array.from({ length: 100 }, (_, at) => {
        journal.append(note(`run-${at}`, 'x'));
        return journal.sync();
      }),
    );
    expect(datasync).toHaveBeenCalledTimes(1);
    datasync.mockRestore();
    await journal.close();
    expect(await read(directory)).toHaveLength(100);
  });

  it('has nothing to wait for when everything is durable', async () => {
    const journal = await openFileJournal(temporaryDirectory());
    journal.append(note('a', 'x'));
    await journal.sync();
    expect(journal.sync()).toBeUndefined();
    await journal.close();
  });

  it('cuts off a torn end, wherever a crash left it', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'journal');
    await write(directory, three.slice(0, 2));
    const whole = statSync(path).size;
    await write(directory, three.slice(2));
    const file = readFileSync(path);
    for (let end = whole; end < file.length; end++) {
      writeFileSync(path, file.subarray(0, end));
      expect(await read(directory)).toEqual(three.slice(0, 2));
      expect(statSync(path).size).toBe(whole);
    }
    await write(directory, [note('d', 'after')]);
    expect(await read(directory)).toEqual([...three.slice(0, 2), note('d', 'after')]);
  });

  it('cuts off an end that was not written as it was meant', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'journal');
    await write(directory, three);
    const file = readFileSync(path);
    file[file.length - 3] = (file.at(-3) ?? 0) ^ 1;
    writeFileSync(path, file);
    expect(await read(directory)).toEqual(three.slice(0, 2));
    appendFileSync(path, Buffer.alloc(4096));
    expect(await read(directory)).toEqual(three.slice(0, 2));
  });

  it('refuses damage with sound records after it: the disk lost what was durable', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'journal');
    await write(directory, three);
    const file = readFileSync(path);
    file[30] = (file[30] ?? 0) ^ 1;
    writeFileSync(path, file);
    await expect(openFileJournal(directory)).rejects.toThrow(
      /damaged at byte 16 with sound records after it; restore it/,
    );
  });

  it('refuses a version that it does not know, and leaves it alone', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'journal');
    await write(directory, three);
    const file = readFileSync(path);
    file.writeUInt32LE(2, 12);
    writeFileSync(path, file);
    await expect(openFileJournal(directory)).rejects.toThrow(
      /has version 2, and this program reads version 1; run it with the program/,
    );
    expect(readFileSync(path)).toEqual(file);
  });

  it('refuses a file that is no journal', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'journal'), 'something else altogether');
    await expect(openFileJournal(directory)).rejects.toThrow(/is not a journal/);
  });

  it.each([0, 5, 15])('begins anew a file that was cut off within its header, at %i bytes', async (size) => {
    const directory = temporaryDirectory();
    await write(directory, []);
    truncateSync(join(directory, 'journal'), size);
    expect(await read(directory)).toEqual([]);
  });

  it('shows nothing of what it holds when it is sealed', async () => {
    const directory = temporaryDirectory();
    const flip = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 0x5a));
    const options = { seal: flip, unseal: flip };
    const journal = await openFileJournal(directory, options);
    journal.append(note('a', 'task-token_secret'));
    await journal.close();
    expect(readFileSync(join(directory, 'journal')).includes('secret')).toBe(false);
    const again = await openFileJournal(directory, options);
    expect([...again.read()]).toEqual([note('a', 'task-token_secret')]);
    await again.close();
  });

  it('drops what is forgotten when it grows, and keeps all else', async () => {
    const directory = temporaryDirectory();
    const journal = await openFileJournal(directory, { compactAbove: 20_000 });
    const add = async (record: JournalRecord) => {
      journal.append(record);
      await journal.sync();
    };
    await add({ kind: 'machine', machine: 'm', name: 'm', definition: '{}' });
    await add(note('kept', 'from before'));
    for (let run = 0; run < 50; run++) {
      await add(note(`run-${run}`, 'x'.repeat(1_000)));
      journal.forget(`run-${run}`);
    }
    await add(note('kept', 'from after'));
    await journal.close();
    expect(statSync(join(directory, 'journal')).size).toBeLessThan(25_000);
    const left = (await read(directory)).filter((it) => it.kind === 'machine' || it.execution === 'kept');
    expect(left).toEqual([
      { kind: 'machine', machine: 'm', name: 'm', definition: '{}' },
      note('kept', 'from before'),
      note('kept', 'from after'),
    ]);
  });

  it('tells every later sync that it cannot write any more', async () => {
    const journal: Journal = await openFileJournal(temporaryDirectory());
    const write = vi
      .spyOn(Object.getPrototypeOf(await open('/dev/null', 'r')), 'datasync')
      .mockRejectedValueOnce(new Error('ENOSPC'));
    journal.append(note('a', 'x'));
    await expect(journal.sync()).rejects.toThrow('ENOSPC');
    journal.append(note('a', 'y'));
    await expect(journal.sync()).rejects.toThrow('ENOSPC');
    write.mockRestore();
  });
});
