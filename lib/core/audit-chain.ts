import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type AuditEntry, type AuditHead, type AuditRecord, auditHead, auditRecord } from './rotation.ts';

/** `prevHash` of the first record. */
export const GENESIS = '0'.repeat(64);

/** The head as it is signed. */
export type UnsignedHead = Omit<AuditHead, 'signature'>;

/** SHA-256 over canonical JSON (RFC 8785) of everything in the record but its hash; 64 hex digits. */
export function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  return sha256(canonicalize(record) ?? '');
}

/** The record that follows `end`, the signed end of the chain so far. */
export function nextRecord(entry: AuditEntry, end: Pick<AuditHead, 'seq' | 'hash'> | undefined): AuditRecord {
  const record = { ...entry, seq: (end?.seq ?? 0) + 1, prevHash: end?.hash ?? GENESIS };
  return { ...record, hash: hashOf(record) };
}

/** The text that a head's signature covers. */
export function headText({ seq, hash, at, keyId }: UnsignedHead): string {
  return canonicalize({ seq, hash, at, keyId }) ?? '';
}

/** Names a public key (SubjectPublicKeyInfo in base64): 16 hex digits. */
export function keyIdOf(publicKey: string): string {
  return sha256(publicKey).slice(0, 16);
}

/** Whether a record has a canonical form: text with half a surrogate pair has none. */
export function isCanonical(record: object): boolean {
  return !Object.values(record)
    .flat()
    .some((value) => /\p{Surrogate}/u.test(String(value)));
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** One way in which a chain does not hold. */
export interface ChainFinding {
  /** The record that it was seen at; 0 for the chain as a whole. */
  readonly seq: number;
  readonly problem: string;
}

export interface ChainProof {
  /** The signed head that is kept with the records. */
  readonly head: unknown;
  /** An earlier head, from where the chain's keeper cannot write. */
  readonly anchor?: unknown;
  verifySignature(head: AuditHead): boolean;
}

/**
 * Checks a whole chain, as it was read and unparsed: whatever was changed, cut, added or moved gives a finding.
 * Without an anchor a tail that was cut together with its head does not show.
 *
 * @param raw - all records, from the first, in order
 */
export function verifyChain(raw: readonly unknown[], proof: ChainProof): ChainFinding[] {
  const records = raw.map((record) => auditRecord.safeParse(record).data);
  const hashes = [GENESIS, ...records.map((record) => record?.hash ?? '')];
  return [
    ...records.flatMap((record, index) => recordFindings(record, index + 1, hashes[index])),
    ...repeatedTransitions(records),
    ...headFindings('head', proof.head, hashes, proof),
    ...headFindings('anchor', proof.anchor, hashes, proof),
  ];
}

type Checks = readonly (readonly [holds: boolean, problem: string])[];

const failed = (seq: number, checks: Checks): ChainFinding[] =>
  checks.filter(([holds]) => !holds).map(([, problem]) => ({ seq, problem }));

function recordFindings(found: AuditRecord | undefined, seq: number, previous: string | undefined): ChainFinding[] {
  if (found === undefined) return [{ seq, problem: 'it does not have the shape of a record' }];
  const { hash, ...record } = found;
  return failed(seq, [
    [record.seq === seq, `record ${record.seq} stands where ${seq} belongs`],
    [record.prevHash === previous, 'it does not follow from the record before it'],
    [isCanonical(record) && hashOf(record) === hash, 'its content does not give its hash'],
  ]);
}

function repeatedTransitions(records: readonly (AuditRecord | undefined)[]): ChainFinding[] {
  const seen = new Set<string>();
  return records.flatMap((record, index) => {
    if (record === undefined) return [];
    const isNew = !seen.has(record.key);
    seen.add(record.key);
    return failed(index + 1, [[isNew, `a second record of the transition ${record.key}`]]);
  });
}

function headFindings(
  what: 'head' | 'anchor',
  raw: unknown,
  hashes: readonly string[],
  proof: ChainProof,
): ChainFinding[] {
  const last = hashes.length - 1;
  if (raw === undefined) return failed(0, [[what === 'anchor' || last === 0, 'the signed head is missing']]);
  const head = auditHead.safeParse(raw).data;
  if (head === undefined) return [{ seq: 0, problem: `the ${what} does not have the shape of a head` }];
  return failed(0, [
    [proof.verifySignature(head), `the signature of the ${what} does not hold`],
    [what === 'anchor' || head.seq === last, `the head names ${head.seq} records, and there are ${last}`],
    [
      what === 'head' || head.seq <= last,
      `the anchor names ${head.seq} records, and there are ${last}: the tail was cut`,
    ],
    [head.seq > last || hashes[head.seq] === head.hash, `the ${what} names another record ${head.seq}`],
  ]);
}
