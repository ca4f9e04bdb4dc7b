import type { Ledger } from '../../../lib/core/ledger.ts';
import type { ApprovalRecord, AuditRecord, Evidence, RotationRecord } from '../../../lib/core/rotation.ts';
import type { Call, Hands } from './world.ts';

export interface Lock {
  readonly rotationId: string;
  readonly fence: number;
}

/** What the ledger holds, kept alongside so that it can be looked at between two effects. */
export class Book {
  readonly records = new Map<string, RotationRecord>();
  readonly locks = new Map<string, Lock>();
  /** Key -> every fence that was given out for it, in order. */
  readonly fences = new Map<string, number[]>();
  readonly approvals = new Map<string, ApprovalRecord>();
  readonly evidence: Evidence[] = [];
  readonly audits: AuditRecord[] = [];
  /** The call whose audit record could not be written, until one can be again. */
  unaudited: Call | undefined;

  lock(keys: readonly string[], lock: Lock): void {
    for (const key of keys) {
      this.locks.set(key, lock);
      this.fences.set(key, [...(this.fences.get(key) ?? []), lock.fence]);
    }
  }

  free(rotationId: string): void {
    for (const [key, lock] of this.locks) if (lock.rotationId === rotationId) this.locks.delete(key);
  }
}

/** A ledger whose every call is an effect in the world, and which keeps the book. */
export function watchLedger(ledger: Ledger, hands: Hands, book: Book): Ledger {
  const note = async <T>(subject: string, action: string, work: () => Promise<T>, keep: (result: T) => void) =>
    hands.act(action === 'appendAudit' ? 'audit' : 'ledger', action, subject, async () => {
      const result = await work();
      keep(result);
      return result;
    });
  const look = <T>(subject: string, work: () => Promise<T>) => hands.act('ledger', 'look', subject, work);
  const keepApproval = (record: ApprovalRecord) => void book.approvals.set(record.id, record);
  const keepRecord = (record: RotationRecord) => void book.records.set(record.rotationId, record);
  return {
    ...ledger,
    request: (ticket) => look(ticket, () => ledger.request(ticket)),
    checkFence: (rotationId, fence) => look(rotationId, () => ledger.checkFence(rotationId, fence)),
    rotation: (rotationId) => look(rotationId, () => ledger.rotation(rotationId)),
    acquireLocks: (keys, owner) =>
      note(
        owner.rotationId,
        'acquireLocks',
        () => ledger.acquireLocks(keys, owner),
        (fence) => book.lock(keys, { rotationId: owner.rotationId, fence }),
      ),
    releaseLocks: (rotationId, fence) =>
      note(
        rotationId,
        'releaseLocks',
        () => ledger.releaseLocks(rotationId, fence),
        () => book.free(rotationId),
      ),
    saveRotation: (record) =>
      note(
        record.rotationId,
        'saveRotation',
        () => ledger.saveRotation(record),
        () => keepRecord(record),
      ),
    advance: (rotationId, fence, patch) =>
      note(rotationId, 'advance', () => ledger.advance(rotationId, fence, patch), keepRecord),
    addEvidence: (item) =>
      note(
        item.subject,
        'addEvidence',
        () => ledger.addEvidence(item),
        () => void book.evidence.push(item),
      ),
    openApproval: (record) => note(record.id, 'openApproval', () => ledger.openApproval(record), keepApproval),
    saveApproval: (record, expected) =>
      note(record.id, 'saveApproval', () => ledger.saveApproval(record, expected), keepApproval),
    appendAudit: async (entry) => {
      try {
        return await note(
          entry.key,
          'appendAudit',
          () => ledger.appendAudit(entry),
          (record) => {
            book.audits.push(record);
            book.unaudited = undefined;
          },
        );
      } catch (error) {
        book.unaudited ??= hands.call;
        throw error;
      }
    },
  };
}
