import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { anchorHead, verifyAudit } from '../../lib/local/audit-anchor.ts';
import { type LedgerKeys, openKeys } from '../../lib/local/keys.ts';
import { openSqliteLedger, type SqliteLedger } from '../../lib/local/ledger/sqlite-ledger.ts';
import { anEntry } from '../support/ledger-records.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

let dataDir: string;
let keys: LedgerKeys;
let ledger: SqliteLedger;
let anchorFile: string;

const open = (name = 'ledger.db') => {
  const opened = openSqliteLedger({ file: join(dataDir, name), keys, now: () => Date.UTC(2026, 0, 1) });
  onTestFinished(opened.close);
  return opened;
};

beforeEach(() => {
  dataDir = temporaryDirectory();
  keys = openKeys(dataDir);
  ledger = open();
  const outside = join(dataDir, 'outside');
  mkdirSync(outside);
  anchorFile = join(outside, 'anchor.json');
});

const verdict = (of = ledger) =>
  verifyAudit({ ledger: of, keys, anchorFile })
    .findings.map(({ problem }) => problem)
    .join('\n');

it('has nothing to anchor before the first record', async () => {
  expect(await anchorHead({ ledger, keys, anchorFile })).toBeUndefined();
  expect(existsSync(anchorFile)).toBe(false);
});

it('anchors the head, closed to others, and goes on with the chain', async () => {
  await ledger.appendAudit(anEntry('one'));
  expect(verdict()).toMatch(/no head is anchored in .*anchor\.json/);
  const head = await anchorHead({ ledger, keys, anchorFile });
  expect(JSON.parse(readFileSync(anchorFile, 'utf8'))).toEqual(head);
  expect((statSync(anchorFile).mode & 0o777).toString(8)).toBe('600');
  await ledger.appendAudit(anEntry('two'));
  expect(verdict()).toBe('');
  expect(await anchorHead({ ledger, keys, anchorFile })).toMatchObject({ seq: 2 });
  expect(readdirSync(join(dataDir, 'outside'))).toEqual(['anchor.json']);
});

it('shows that the whole ledger was set back to an earlier copy, and keeps the anchor', async () => {
  await ledger.appendAudit(anEntry('one'));
  ledger.close();
  copyFileSync(join(dataDir, 'ledger.db'), join(dataDir, 'earlier.db'));
  ledger = open();
  await ledger.appendAudit(anEntry('two'));
  await anchorHead({ ledger, keys, anchorFile });
  const earlier = open('earlier.db');
  expect(verifyAudit({ ledger: earlier, keys }).findings).toEqual([]);
  expect(verdict(earlier)).toMatch(/the tail was cut/);
  await earlier.appendAudit(anEntry('other'));
  await earlier.appendAudit(anEntry('another'));
  expect(verdict(earlier)).toMatch(/anchor names another record 2/);
  const before = readFileSync(anchorFile, 'utf8');
  await expect(anchorHead({ ledger: earlier, keys, anchorFile })).rejects.toMatchObject({ name: 'Conflict' });
  expect(readFileSync(anchorFile, 'utf8')).toBe(before);
});

it.each(['', 'junk', '{}', '"text"'])('shows an anchor that holds %j', async (text) => {
  await ledger.appendAudit(anEntry('one'));
  writeFileSync(anchorFile, text);
  expect(verdict()).toMatch(/shape of a head/);
});

it('names the file that it cannot write', async () => {
  await ledger.appendAudit(anEntry('one'));
  const nowhere = join(dataDir, 'nowhere', 'anchor.json');
  const failure = { name: 'StorageFailed', message: expect.stringContaining(nowhere) };
  await expect(anchorHead({ ledger, keys, anchorFile: nowhere })).rejects.toMatchObject(failure);
});
