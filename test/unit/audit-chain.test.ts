import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { headText, isCanonical, nextRecord, verifyChain } from '../../lib/core/audit-chain.ts';
import type { AuditHead, AuditRecord } from '../../lib/core/rotation.ts';
import { type LedgerKeys, openKeys } from '../../lib/local/keys.ts';
import { mutations } from '../support/chain-mutations.ts';
import { AT, anEntry } from '../support/ledger-records.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const LENGTH = 12;

function chainOf(length: number): AuditRecord[] {
  const records: AuditRecord[] = [];
  for (let index = 0; index < length; index += 1) {
    records.push(
      nextRecord(anEntry(`key-${index}`, { approvals: [`a-${index}`], actor: 'ädä "\u2028"' }), records.at(-1)),
    );
  }
  return records;
}

function signedBy(keys: LedgerKeys, { seq, hash }: AuditRecord): AuditHead {
  const head = { seq, hash, at: AT, keyId: keys.auditKeyId };
  return { ...head, signature: keys.sign(headText(head)) };
}

describe('verifyChain', () => {
  let keys: LedgerKeys;
  let foreign: LedgerKeys;
  beforeEach(() => {
    keys = openKeys(temporaryDirectory());
    foreign = openKeys(temporaryDirectory());
  });

  const records = chainOf(LENGTH);
  const last = records[LENGTH - 1] ?? nextRecord(anEntry('none'), undefined);
  const check = (chain: readonly unknown[], head: unknown, anchor?: unknown) =>
    verifyChain(chain, { head, anchor, verifySignature: (signed) => keys.verify(headText(signed), signed.signature) });
  const problems = (...of: Parameters<typeof check>) =>
    check(...of)
      .map(({ problem }) => problem)
      .join('\n');

  it('finds nothing in a chain as it was written', () => {
    expect(check(records, signedBy(keys, last))).toEqual([]);
    expect(check([], undefined)).toEqual([]);
  });

  it('detects 1,000 random mutations, each one', () => {
    const head = signedBy(keys, last);
    let tried = 0;
    fc.assert(
      fc.property(mutations({ records, head }), (mutated) => {
        tried += 1;
        expect(check(mutated.records, mutated.head), mutated.what).not.toEqual([]);
      }),
      { numRuns: 1000 },
    );
    expect(tried).toBeGreaterThanOrEqual(1000);
  });

  it('detects a chain that was written anew from one record on, since its head cannot be signed', () => {
    const forged = [...records.slice(0, 5)];
    for (const record of records.slice(5))
      forged.push(nextRecord({ ...anEntry(record.key), actor: 'mallory' }, forged.at(-1)));
    const end = forged.at(-1) ?? last;
    expect(problems(forged, signedBy(keys, last))).toMatch(/names another record/);
    expect(problems(forged, signedBy(foreign, end))).toMatch(/signature of the head/);
  });

  it('detects one record that was written anew, with its right hash', () => {
    const forged = nextRecord({ ...anEntry('key-4'), actor: 'mallory' }, records[3]);
    expect(check(records.with(4, forged), signedBy(keys, last))).toEqual([
      { seq: 6, problem: 'it does not follow from the record before it' },
    ]);
  });

  it('detects a tail that was cut together with its head, by the anchor', () => {
    const cut = records.slice(0, 7);
    const oldHead = signedBy(keys, records[6] ?? last);
    expect(check(cut, oldHead)).toEqual([]);
    expect(problems(cut, oldHead, signedBy(keys, last))).toMatch(/the tail was cut/);
    expect(check(records, signedBy(keys, last), oldHead)).toEqual([]);
  });

  it('detects an anchor of another chain', () => {
    const other = nextRecord(anEntry(randomUUID()), undefined);
    expect(problems(records, signedBy(keys, last), signedBy(keys, other))).toMatch(/anchor names another record 1/);
  });

  it.each([
    ['a missing head', undefined, /head is missing/],
    ['a head of another shape', 'head', /shape of a head/],
  ])('detects %s', (_name, head, problem) => {
    expect(problems(records, head)).toMatch(problem);
  });

  it('survives whatever stands in place of a record', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (junk) => {
        expect(check([junk], undefined)).not.toEqual([]);
      }),
    );
  });

  it('names the record where it was changed', () => {
    const changed = records.map((record, index) => (index === 3 ? { ...record, outcome: 'forged' } : record));
    expect(check(changed, signedBy(keys, last))).toEqual([{ seq: 4, problem: 'its content does not give its hash' }]);
  });
});

it('takes half a surrogate pair for what has no canonical form', () => {
  expect(isCanonical({ a: 'pair 😀' })).toBe(true);
  expect(isCanonical({ a: ['half \ud83d'] })).toBe(false);
});
