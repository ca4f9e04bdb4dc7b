import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { replaceAtomically } from '../core/atomic-file.ts';
import { type ChainFinding, headText, verifyChain } from '../core/audit-chain.ts';
import { errorCode, RotationError } from '../core/errors.ts';
import type { AuditHead } from '../core/rotation.ts';
import type { LedgerKeys } from './keys.ts';
import type { SqliteLedger } from './ledger/sqlite-ledger.ts';

export interface AuditVerdict {
  readonly records: number;
  /** Empty when the chain holds. */
  readonly findings: readonly ChainFinding[];
}

interface Audited {
  readonly ledger: Pick<SqliteLedger, 'rawChain' | 'auditHead'>;
  readonly keys: LedgerKeys;
  /** Where the operator keeps an earlier head, out of reach of whoever can write the ledger. */
  readonly anchorFile?: string | undefined;
}

/** Checks the whole chain of this machine, and that it goes on from the anchored head. @throws LedgerUnavailable, StorageFailed */
export function verifyAudit({ ledger, keys, anchorFile }: Audited): AuditVerdict {
  const { records, head } = ledger.rawChain();
  const anchor = anchorFile === undefined ? undefined : readAnchor(anchorFile);
  const verifySignature = (signed: AuditHead) => keys.verify(headText(signed), signed.signature);
  const missing = anchorFile !== undefined && anchor === undefined;
  return {
    records: records.length,
    findings: [
      ...verifyChain(records, { head, anchor, verifySignature }),
      ...(missing ? [{ seq: 0, problem: `no head is anchored in ${anchorFile}` }] : []),
    ],
  };
}

/**
 * Writes the signed head of the chain to the anchor file. An anchor that the chain does not go on from is kept.
 *
 * @returns the head, or undefined while there is no record
 * @throws Conflict when the chain does not hold or lacks what was anchored; StorageFailed
 */
export async function anchorHead(audited: Audited & { readonly anchorFile: string }): Promise<AuditHead | undefined> {
  const { ledger, keys, anchorFile } = audited;
  const head = await ledger.auditHead();
  if (head === undefined) return undefined;
  const known = readAnchor(anchorFile) === undefined ? undefined : anchorFile;
  const [finding] = verifyAudit({ ledger, keys, anchorFile: known }).findings;
  if (finding !== undefined) {
    throw new RotationError('Conflict', {
      subject: `anchor ${anchorFile}`,
      detail: `it is kept, since ${finding.problem}`,
    });
  }
  const file = resolve(anchorFile);
  const replacement = {
    file,
    directory: dirname(file),
    temporary: `${file}.${randomUUID()}`,
    data: `${JSON.stringify(head)}\n`,
  };
  storing(file, () => replaceAtomically(fs, replacement));
  return head;
}

/** The anchored head, unparsed: it may have been tampered with. */
function readAnchor(file: string): unknown {
  const text = storing(file, () => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function storing<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = errorCode(error);
    throw new RotationError('StorageFailed', { subject: `anchor ${file}`, ...(code && { code }) });
  }
}
