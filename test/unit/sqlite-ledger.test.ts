import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { nextRecord } from '../../lib/core/audit-chain.ts';
import { verifyAudit } from '../../lib/local/audit-anchor.ts';
import { type LedgerKeys, openKeys } from '../../lib/local/keys.ts';
import { openSqliteLedger, type SqliteLedger } from '../../lib/local/ledger/sqlite-ledger.ts';
import { AT, anApproval, anEntry, aRotation } from '../support/ledger-records.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let file: string;
let keys: LedgerKeys;
beforeEach(() => {
  const dataDir = temporaryDirectory();
  file = join(dataDir, 'ledger.db');
  keys = openKeys(dataDir);
});

function open(now: () => number = () => Date.UTC(2026, 0, 1)): SqliteLedger {
  const ledger = openSqliteLedger({ file, keys, now });
  onTestFinished(ledger.close);
  return ledger;
}

/** As somebody with write access to the file does it. */
function tamper(...statements: readonly string[]): void {
  const database = new Database(file);
  for (const statement of statements) database.exec(statement);
  database.close();
}

const problems = (ledger: SqliteLedger) => verifyAudit({ ledger, keys }).findings.map(({ problem }) => problem);

describe('the file', () => {
  it('is closed to others, with what SQLite keeps beside it', async () => {
    await open().appendAudit(anEntry('one'));
    for (const name of [file, `${file}-wal`, `${file}-shm`])
      expect((statSync(name).mode & 0o777).toString(8)).toBe('600');
  });

  it('is refused when a newer Keyturn wrote it, and left as it is', () => {
    open().close();
    tamper('PRAGMA user_version = 99');
    expect(() => open()).toThrow(/newer Keyturn wrote it: its tables have version 99, this one knows \d+/);
    tamper('PRAGMA user_version = 2');
    open();
  });

  it('is refused when it is no database', () => {
    writeFileSync(file, 'not a database at all '.repeat(100));
    expect(() => open()).toThrow(/ledger\.db: .*the file is no database.*Remedy/);
    expect(readFileSync(file, 'utf8')).toContain('not a database');
  });

  it('tells a record of another shape from an absent one', async () => {
    const ledger = open();
    await ledger.saveRotation(aRotation());
    tamper(`UPDATE rotations SET doc = json_set(doc, '$.phase', 'nonsense')`);
    await expect(ledger.rotation('r-1')).rejects.toThrow(/another shape/);
  });

  it('is written ahead, so that readers do not wait for writers', () => {
    open();
    const probe = new Database(file);
    expect(probe.prepare('PRAGMA journal_mode').all([])).toEqual([{ journal_mode: 'wal' }]);
    probe.close();
  });

  it('holds a task token sealed only', async () => {
    const ledger = open();
    await ledger.openApproval(anApproval({ sealedToken: await ledger.seal('the-task-token') }));
    ledger.close();
    expect(readFileSync(file, 'latin1')).not.toContain('the-task-token');
  });
});

describe('a clock that is set back', () => {
  it('breaks neither the chain, nor the fences, nor the order', async () => {
    let now = Date.UTC(2026, 5, 1);
    const ledger = open(() => now);
    const first = await ledger.acquireLocks(['a'], { rotationId: 'r-1', execution: 'e-1' });
    await ledger.appendAudit(anEntry('one', { time: '2026-06-01T00:00:00.000Z' }));
    await ledger.releaseLocks('r-1', first);
    now = Date.UTC(2020, 0, 1);
    expect(await ledger.acquireLocks(['a'], { rotationId: 'r-2', execution: 'e-2' })).toBeGreaterThan(first);
    await ledger.appendAudit(anEntry('two', { time: '2020-01-01T00:00:00.000Z' }));
    expect(problems(ledger)).toEqual([]);
    expect((await ledger.auditRecords({})).map(({ key }) => key)).toEqual(['one', 'two']);
    expect(await ledger.auditHead()).toMatchObject({ seq: 2, at: '2020-01-01T00:00:00.000Z' });
  });
});

describe('a chain that was tampered with in the file', () => {
  let ledger: SqliteLedger;
  beforeEach(async () => {
    ledger = open();
    for (const key of ['one', 'two', 'three']) await ledger.appendAudit(anEntry(key));
    expect(problems(ledger)).toEqual([]);
  });

  it.each([
    [
      'a changed record',
      `UPDATE audit SET doc = json_set(doc, '$.actor', 'mallory') WHERE seq = 2`,
      /content does not give its hash/,
    ],
    ['an added field', `UPDATE audit SET doc = json_set(doc, '$.note', 'x') WHERE seq = 2`, /shape of a record/],
    [
      'a record that is no JSON',
      `UPDATE audit SET doc = '{"key":"two","rotationId":"r","secretId":"s"} ' WHERE seq = 2`,
      /shape of a record/,
    ],
    ['a dropped record', 'DELETE FROM audit WHERE seq = 2', /record 3 stands where 2 belongs/],
    ['a cut tail', 'DELETE FROM audit WHERE seq = 3', /the head names 3 records, and there are 2/],
    ['a dropped head', 'DELETE FROM audit_head', /head is missing/],
    ['a changed head', `UPDATE audit_head SET doc = json_set(doc, '$.seq', 2)`, /signature of the head/],
    ['exchanged places', 'UPDATE audit SET seq = 9 WHERE seq = 1', /record 2 stands where 1 belongs/],
  ])('shows %s', (_what, statement, problem) => {
    tamper(statement);
    expect(problems(ledger).join('\n')).toMatch(problem);
  });

  it('is not built on when its head was signed by another', async () => {
    const forged = nextRecord(anEntry('four'), (await ledger.auditRecords({})).at(-1));
    const head = {
      seq: 4,
      hash: forged.hash,
      at: AT,
      keyId: keys.auditKeyId,
      signature: openKeys(temporaryDirectory()).sign('x'),
    };
    const database = new Database(file);
    database.prepare('INSERT INTO audit (seq, doc) VALUES (?, ?)').run([4, JSON.stringify(forged)]);
    database.prepare('UPDATE audit_head SET doc = ?').run([JSON.stringify(head)]);
    database.close();
    await expect(ledger.appendAudit(anEntry('five'))).rejects.toMatchObject({ name: 'AuditUnavailable' });
    expect(problems(ledger).join('\n')).toMatch(/signature of the head/);
  });
});

it('says AuditUnavailable when the record cannot be written, and keeps the chain whole', async () => {
  const ledger = open();
  await ledger.appendAudit(anEntry('one'));
  tamper(`CREATE TRIGGER full BEFORE INSERT ON audit_head BEGIN SELECT RAISE(ABORT, 'no'); END`);
  await expect(ledger.appendAudit(anEntry('two'))).rejects.toMatchObject({
    name: 'AuditUnavailable',
    message: expect.stringContaining(file),
  });
  tamper('DROP TRIGGER full');
  expect(verifyAudit({ ledger, keys })).toEqual({ records: 1, findings: [] });
  await ledger.appendAudit(anEntry('two'));
  expect(problems(ledger)).toEqual([]);
});
