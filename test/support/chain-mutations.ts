import fc from 'fast-check';

interface Chain {
  readonly records: readonly unknown[];
  readonly head: unknown;
}

export interface MutatedChain extends Chain {
  readonly what: string;
}

/** Everything that somebody with write access could do to a chain, short of signing it: always a real change. */
export function mutations({ records, head }: { records: readonly object[]; head: object }): fc.Arbitrary<MutatedChain> {
  const place = fc.nat({ max: records.length - 1 });
  const ofRecords = (what: string, changed: fc.Arbitrary<readonly unknown[]>) =>
    changed.map((next) => ({ what, records: next, head }));
  return fc.oneof(
    ofRecords(
      'a changed field',
      place.chain((at) => changedField(records[at]).map((record) => records.with(at, record))),
    ),
    ofRecords(
      'a dropped record',
      place.map((at) => records.toSpliced(at, 1)),
    ),
    ofRecords(
      'a repeated record',
      fc.tuple(place, place).map(([from, to]) => records.toSpliced(to, 0, records[from] ?? head)),
    ),
    ofRecords(
      'two exchanged records',
      fc.uniqueArray(place, { minLength: 2, maxLength: 2 }).map(([a = 0, b = 1]) => exchanged(records, a, b)),
    ),
    ofRecords(
      'a cut tail',
      fc.integer({ min: 1, max: records.length }).map((count) => records.slice(0, -count)),
    ),
    ofRecords('an added tail', fc.constant([...records, { ...records.at(-1), seq: records.length + 1 }])),
    changedField(head).map((next) => ({ what: 'a changed head', records, head: next })),
  );
}

const exchanged = <T>(list: readonly T[], a: number, b: number): T[] =>
  list.map((item, index) => (index === a ? list[b] : index === b ? list[a] : undefined) ?? item);

/** One field with another value, taken out, or added. */
function changedField(record: object | undefined): fc.Arbitrary<object> {
  const entries = Object.entries(record ?? {});
  const one = fc.constantFrom(...entries);
  return fc.oneof(
    fc
      .tuple(one, fc.jsonValue())
      .filter(([[, old], next]) => !isSame(old, next))
      .map(([[key], next]) => ({ ...record, [key]: next })),
    one
      .filter(([, value]) => typeof value === 'string' && value !== '')
      .chain(([key, text]) => changedText(String(text)).map((next) => ({ ...record, [key]: next }))),
    one.map(([key]) => Object.fromEntries(entries.filter(([other]) => other !== key))),
    fc
      .string({ minLength: 1 })
      .filter((key) => !entries.some(([known]) => known === key))
      .map((key) => Object.fromEntries([...entries, [key, 1]])),
  );
}

const isSame = (one: unknown, two: unknown) => JSON.stringify(one) === JSON.stringify(two);

/** One bit of one character. */
const changedText = (text: string): fc.Arbitrary<string> =>
  fc.tuple(fc.nat({ max: text.length - 1 }), fc.nat({ max: 6 })).map(([at, bit]) => {
    const code = text.charCodeAt(at) ^ (1 << bit);
    return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
  });
