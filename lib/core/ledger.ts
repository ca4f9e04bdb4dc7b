import type { FleetRecord } from './fleet.ts';
import type {
  ApprovalRecord,
  AuditEntry,
  AuditHead,
  AuditRecord,
  Evidence,
  RotationRecord,
  RotationRequest,
  RotationStatus,
} from './rotation.ts';

/** Who wants the locks of a rotation. */
export interface LockOwner {
  readonly rotationId: string;
  readonly execution: string;
}

/** What a step may change of a rotation's record. */
export type RotationPatch = Partial<
  Pick<
    RotationRecord,
    | 'status'
    | 'phase'
    | 'direction'
    | 'version'
    | 'generation'
    | 'previous'
    | 'stage'
    | 'provenAt'
    | 'installedAt'
    | 'closedAt'
    | 'quietWaivedBy'
    | 'failure'
  >
> & { readonly updatedAt: string };

/**
 * What outlives a run: requests, locks with fences, rotations, evidence, approvals, the audit chain.
 *
 * Every method throws `LedgerUnavailable` (retryable) when the store cannot be reached; `appendAudit` throws
 * `AuditUnavailable` instead, because a normal run must then stop before its next effect.
 */
export interface Ledger {
  /** Keeps a request under its ticket; the same ticket twice leaves the first. */
  saveRequest(request: RotationRequest): Promise<RotationRequest>;
  request(ticket: string): Promise<RotationRequest | undefined>;
  /** Keeps a fleet; the same one twice leaves the first. */
  saveFleet(fleet: FleetRecord): Promise<FleetRecord>;
  fleet(id: string): Promise<FleetRecord | undefined>;

  /**
   * Takes all keys or none, and returns the fence. Re-entrant for the same rotation and execution (same fence); another
   * execution of the same rotation takes over with a higher one. @throws LockHeld naming the owner's rotation
   */
  acquireLocks(keys: readonly string[], owner: LockOwner): Promise<number>;
  /** @throws FenceStale when a newer run owns the rotation's locks, or none does */
  checkFence(rotationId: string, fence: number): Promise<void>;
  /** Frees the locks of this rotation; those that are free already are left. @throws FenceStale */
  releaseLocks(rotationId: string, fence: number): Promise<void>;
  lockHolder(key: string): Promise<{ rotationId: string; execution: string; fence: number } | undefined>;

  /** Creates or, for the same rotation id under a new execution, renews the record. @throws FenceStale when a newer run did */
  saveRotation(record: RotationRecord): Promise<void>;
  /** Changes a record under its fence. @throws FenceStale */
  advance(rotationId: string, fence: number, patch: RotationPatch): Promise<RotationRecord>;
  rotation(rotationId: string): Promise<RotationRecord | undefined>;
  /** Newest first. */
  rotations(filter: {
    secretId?: string;
    status?: readonly RotationStatus[];
    since?: string;
    limit?: number;
  }): Promise<RotationRecord[]>;

  addEvidence(item: Evidence): Promise<void>;
  /** Oldest first. */
  evidence(rotationId: string): Promise<Evidence[]>;

  /** Opens an approval; the same id twice leaves the first, but takes the newer token. */
  openApproval(record: ApprovalRecord): Promise<ApprovalRecord>;
  approval(id: string): Promise<ApprovalRecord | undefined>;
  approvals(filter: { rotationId?: string; status?: readonly ApprovalRecord['status'][] }): Promise<ApprovalRecord[]>;
  /** Replaces the record if its revision is still `expected`, and raises it by one. @throws Conflict */
  saveApproval(record: ApprovalRecord, expected: number): Promise<ApprovalRecord>;

  /** True the first time a key is seen. */
  remember(dedupeKey: string, at: string): Promise<boolean>;

  /** Appends to the chain and signs its head, in one transaction; the same `key` twice returns the first record. */
  appendAudit(entry: AuditEntry): Promise<AuditRecord>;
  auditRecords(filter: {
    rotationId?: string;
    secretId?: string;
    afterSeq?: number;
    limit?: number;
  }): Promise<AuditRecord[]>;
  auditHead(): Promise<AuditHead | undefined>;

  /** HMAC with the ledger's key, so that versions can be compared and looked up without a value. 64 hex digits. */
  fingerprint(canonicalValue: string): Promise<string>;
  /** Whether a fingerprint is this value's, also one that was made with a key that has been exchanged since. */
  isFingerprint(canonicalValue: string, fingerprint: string): Promise<boolean>;
  /** Encrypts a task token for rest; `unseal` reverses it. */
  seal(token: string): Promise<string>;
  /** @throws ValueCorrupt for anything that `seal` did not return */
  unseal(sealed: string): Promise<string>;
}
