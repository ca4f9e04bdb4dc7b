import { randomInt } from 'node:crypto';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { verifyAudit } from '../../lib/local/audit-anchor.ts';
import { openKeys } from '../../lib/local/keys.ts';
import { openSqliteLedger, type SqliteLedger } from '../../lib/local/ledger/sqlite-ledger.ts';
import { local } from '../../lib/plugins/backends/local.ts';
import { endOf, giveToUnprivileged, startChild } from '../support/child.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ref = { path: 'database/orders', fields: { password: 'pg_password' } };
const versionOf = (number: number) => number.toString(16).padStart(32, '0');
const storeIn = (dataDir: string) => local.create({ use: 'local' }, pluginDeps({ dataDir }));

function ledgerIn(dataDir: string): SqliteLedger {
  const ledger = openSqliteLedger({ file: join(dataDir, 'ledger.db'), keys: openKeys(dataDir), now: Date.now });
  onTestFinished(ledger.close);
  return ledger;
}

describe('kill -9', () => {
  it('at 30 moments leaves a store that opens, with every value that was acknowledged', {
    timeout: 120_000,
  }, async () => {
    const dataDir = temporaryDirectory();
    const store = await storeIn(dataDir);
    let last = 0;
    for (let kill = 0; kill < 30; kill += 1) {
      const killed = await endOf(startChild('store-writer', [dataDir, String(last + 1)]), randomInt(1, 12));
      expect(killed).toMatchObject({ code: null, errors: '' });
      const done = killed.lines
        .map((line) => line.split(' '))
        .map(([what, number]) => ({ what, number: Number(number) }));
      const { current, previous, pending } = await store.versions(ref);
      const there = [current, previous, ...pending].map((info) => info?.version);
      const promoted = done.findLast(({ what }) => what === 'promoted')?.number;
      const begun = done.at(-1);
      if (promoted !== undefined) expect(there.slice(0, 2)).toContain(versionOf(promoted));
      if (begun?.what === 'staged' && begun.number % 3 !== 0) expect(there).toContain(versionOf(begun.number));
      for (const version of there) {
        if (version === undefined) continue;
        const { value } = await store.read(ref, version);
        expect(value.field('password')).toBe(`value ${Number.parseInt(version, 16)}`);
      }
      last = Math.max(last, ...there.map((version) => Number.parseInt(version ?? '0', 16)), begun?.number ?? 0);
    }
    expect(last).toBeGreaterThan(30);
    await store.stage(ref, versionOf(last + 1), Secret.of({ password: 'after' }));
    expect(readdirSync(join(dataDir, 'store')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('at 10 moments leaves a ledger with every record that was acknowledged, and its chain', {
    timeout: 60_000,
  }, async () => {
    const dataDir = temporaryDirectory();
    const acknowledged: string[] = [];
    const fences: number[] = [];
    for (let kill = 0; kill < 10; kill += 1) {
      const { lines, errors } = await endOf(startChild('ledger-writer', [dataDir, 'a']), randomInt(2, 20));
      expect(errors).toBe('');
      const [fence = '', ...keys] = lines;
      fences.push(Number(fence.split(' ')[1]));
      acknowledged.push(...keys);
    }
    const ledger = ledgerIn(dataDir);
    const kept = new Set((await ledger.auditRecords({})).map(({ key }) => key));
    expect(acknowledged.filter((key) => !kept.has(key))).toEqual([]);
    expect(verifyAudit({ ledger, keys: openKeys(dataDir) }).findings).toEqual([]);
    expect(fences).toEqual(fences.map((_, index) => index + 1));
  });
});

describe('several processes', () => {
  it('make one ledger at the same moment and lose nothing', async () => {
    const dataDir = temporaryDirectory();
    const names = ['a', 'b', 'c', 'd'];
    const ends = await Promise.all(names.map((name) => endOf(startChild('ledger-writer', [dataDir, name, '25']))));
    expect(ends.map(({ code, errors }) => ({ code, errors }))).toEqual(names.map(() => ({ code: 0, errors: '' })));
    const ledger = ledgerIn(dataDir);
    expect(verifyAudit({ ledger, keys: openKeys(dataDir) })).toEqual({ records: 100, findings: [] });
  });

  it('write to one path and lose nothing; of their promotions one wins', async () => {
    const dataDir = temporaryDirectory();
    const store = await storeIn(dataDir);
    await store.stage(ref, 'first', Secret.of({ password: 'first' }));
    await store.promote(ref, 'first', undefined);
    const names = ['a', 'b', 'c', 'd'];
    const ends = await Promise.all(names.map((name) => endOf(startChild('store-promoter', [dataDir, name, 'first']))));
    expect(ends.flatMap(({ lines }) => lines).sort()).toEqual(['Conflict', 'Conflict', 'Conflict', 'applied']);
    const { current, previous, pending } = await store.versions(ref);
    expect(previous?.version).toBe('first');
    const all = names.flatMap((name) => Array.from({ length: 20 }, (_, index) => `${name}-${index + 1}`));
    expect([...pending, current].map((info) => info?.version).sort()).toEqual(all.sort());
  });
});

describe('a disk that is full', () => {
  it('fails each write by name and keeps what was there', async () => {
    const dataDir = temporaryDirectory();
    const { lines, errors } = await endOf(startChild('disk-filler', [dataDir], { fileBlocks: 600 }));
    expect(errors).toBe('');
    const failures = lines.map((line) => JSON.parse(line));
    expect(failures.map(({ what, name }) => [what, name])).toEqual([
      ['stage', 'StorageFailed'],
      ['audit', 'AuditUnavailable'],
      ['request', 'LedgerUnavailable'],
    ]);
    for (const { told } of failures) expect(told).toMatch(new RegExp(`${dataDir}.*Remedy: .*(space|writable)`));
    const ledger = ledgerIn(dataDir);
    expect(verifyAudit({ ledger, keys: openKeys(dataDir) })).toEqual({ records: failures[1].after, findings: [] });
    expect((await (await storeIn(dataDir)).versions({ path: ref.path, fields: {} })).pending).toHaveLength(
      failures[0].after,
    );
    expect(readdirSync(join(dataDir, 'store')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a directory that is read-only', () => {
  it('refuses keys, ledger, engine and store by name, with the path', async () => {
    const dataDir = temporaryDirectory();
    const keysDir = temporaryDirectory();
    giveToUnprivileged(dataDir, 0o500);
    giveToUnprivileged(keysDir, 0o700);
    const { lines, errors } = await endOf(startChild('opener', [dataDir, keysDir], { unprivileged: true }));
    expect(errors).toBe('');
    const refusals = lines.map((line) => JSON.parse(line));
    expect(refusals.map(({ what, name }) => [what, name])).toEqual([
      ['keys', 'StorageFailed'],
      ['ledger', 'LedgerUnavailable'],
      ['engine', 'LedgerUnavailable'],
      ['store', 'StorageFailed'],
    ]);
    for (const { told } of refusals) expect(told).toMatch(new RegExp(`${dataDir}.*Remedy: `));
  });

  it('after the ledger was made refuses to write, and says so', async () => {
    const dataDir = temporaryDirectory();
    giveToUnprivileged(dataDir, 0o700);
    await endOf(startChild('ledger-writer', [dataDir, 'a', '1'], { unprivileged: true }));
    for (const name of readdirSync(dataDir)) if (name.startsWith('ledger.db')) chmodSync(join(dataDir, name), 0o400);
    chmodSync(dataDir, 0o500);
    const { errors } = await endOf(startChild('ledger-writer', [dataDir, 'a', '1'], { unprivileged: true }));
    expect(errors).toMatch(/LedgerUnavailable: ledger .*ledger\.db: .*read-only/);
  });
});

describe('the engine lock', () => {
  it('is held by one process, which is named, and is free once that is killed', async () => {
    const dataDir = temporaryDirectory();
    const holder = startChild('engine-holder', [dataDir]);
    const held = new Promise((taken) => holder.stdout?.once('data', taken));
    await held;
    expect((await endOf(startChild('engine-holder', [dataDir]))).lines).toEqual([`held by ${holder.pid}`]);
    const end = endOf(holder);
    holder.kill('SIGKILL');
    await end;
    expect((await endOf(startChild('engine-holder', [dataDir]), 1)).lines).toEqual(['taken']);
  });

  it('is not held by a file that was left behind', async () => {
    const dataDir = temporaryDirectory();
    writeFileSync(join(dataDir, 'engine.lock'), '');
    writeFileSync(join(dataDir, 'engine.pid'), '1');
    expect((await endOf(startChild('engine-holder', [dataDir]), 1)).lines).toEqual(['taken']);
  });
});
