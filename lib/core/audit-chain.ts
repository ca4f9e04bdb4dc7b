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
 * @param records - all records, from the first, in order
 */
export function verifyChain(records: readonly unknown[], proof: ChainProof): ChainFinding[] {
  const hashes = [GENESIS, ...records.map(hashIn)];
  return [
    ...records.flatMap((raw, index) => recordFindings(raw, index + 1, hashes[index] ?? GENESIS)),
    ...repeatedKeys(records),
    ...headFindings(proof.head, hashes, 'head', proof),
    ...(proof.anchor === undefined ? [] : headFindings(proof.anchor, hashes, 'anchor', proof)),
  ];
}

function hashIn(raw: unknown): string {
  const parsed = auditRecord.safeParse(raw);
  return parsed.success ? parsed.data.hash : '';
}

function recordFindings(raw: unknown, seq: number, previous: string): ChainFinding[] {
  const parsed = auditRecord.safeParse(raw);
  if (!parsed.success) return [{ seq, problem: 'it does not have the shape of a record' }];
  const { hash, ...record } = parsed.data;
  const checks: readonly (readonly [boolean, string])[] = [
    [record.seq === seq, `number ${record.seq} stands where ${seq} belongs`],
    [record.prevHash === previous, 'it does not follow from the record before it'],
    [hashOf(record) === hash, 'its content does not give its hash'],
  ];
  return checks.filter(([holds]) => !holds).map(([, problem]) => ({ seq, problem }));
}

function repeatedKeys(records: readonly unknown[]): ChainFinding[] {
  const keys = records.map((raw) => auditRecord.safeParse(raw).data?.key);
  return keys.flatMap((key, index) =>
    key !== undefined && keys.indexOf(key) !== index
      ? [{ seq: index + 1, problem: `a second record of transition ${key}` }]
      : [],
  );
}

function headFindings(
  raw: unknown,
  hashes: readonly string[],
  what: 'head' | 'anchor',
  proof: ChainProof,
): ChainFinding[] {
  const last = hashes.length - 1;
  if (raw === undefined) return what === 'head' && last > 0 ? [{ seq: 0, problem: 'the signed head is missing' }] : [];
  const parsed = auditHead.safeParse(raw);
  if (!parsed.success) return [{ seq: 0, problem: `the ${what} does not have the shape of a head` }];
  const { seq, hash } = parsed.data;
  const checks: readonly (readonly [boolean, string])[] = [
    [proof.verifySignature(parsed.data), `the signature of the ${what} does not hold`],
    [what === 'anchor' || seq === last, `the head names ${seq} records, there are ${last}`],
    [seq <= last, `the ${what} names record ${seq}, the chain ends at ${last}`],
    [seq > last || hashes[seq] === hash, `the ${what} names another record ${seq}`],
  ];
  return checks.filter(([holds]) => !holds).map(([, problem]) => ({ seq, problem }));
}
