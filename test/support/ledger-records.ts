import type { FleetRecord } from '../../lib/core/fleet.ts';
import type { ApprovalRecord, AuditEntry, Evidence, RotationRecord, RotationRequest } from '../../lib/core/rotation.ts';

/** Records that are right in all things but those which a test sets. */

export const AT = '2026-01-01T00:00:00.000Z';
const VERSION = 'a'.repeat(32);
const SECRET = 'production/database/orders';

export const aRequest = (over: Partial<RotationRequest> = {}): RotationRequest => ({
  ticket: 'ticket-0001',
  secretId: SECRET,
  cause: { kind: 'manual', id: 'cause-1' },
  requester: 'ada',
  requesterProof: 'os-user',
  reason: 'because',
  mode: 'normal',
  at: AT,
  ...over,
});

export const aFleet = (over: Partial<FleetRecord> = {}): FleetRecord => ({
  fleet: 'fleet-0001',
  members: [{ ticket: 'ticket-0001', secretId: SECRET, rotationId: 'r-1', execution: 'e-1' }],
  limits: { total: 5, perTarget: 1, perBackend: 5, failures: 3, jitter: 3 },
  requester: 'ada',
  reason: 'because',
  at: AT,
  ...over,
});

export const aRotation = (over: Partial<RotationRecord> = {}): RotationRecord => ({
  rotationId: 'r-1',
  ticket: 'ticket-0001',
  secretId: SECRET,
  type: 'postgresql',
  classification: 'HIGH',
  execution: 'e-1',
  attempt: 1,
  status: 'RUNNING',
  phase: 'begun',
  direction: 'forward',
  fence: 1,
  locks: ['secret:a'],
  version: VERSION,
  generation: 1,
  previous: 'b'.repeat(32),
  stage: 'whole',
  digest: 'd',
  consumers: ['orders-api'],
  startedAt: AT,
  updatedAt: AT,
  ...over,
});

export const someEvidence = (over: Partial<Evidence> = {}): Evidence => ({
  rotationId: 'r-1',
  subject: 'consumer:orders-api',
  version: VERSION,
  verdict: 'verified',
  why: 'it said so',
  at: AT,
  ...over,
});

export const anApproval = (over: Partial<ApprovalRecord> = {}): ApprovalRecord => ({
  id: 'a-1',
  kind: 'plan',
  rotationId: 'r-1',
  secretId: SECRET,
  digest: 'd',
  requester: 'ada',
  seats: ['ciso'],
  votes: [],
  openedAt: AT,
  expiresAt: '2026-01-02T00:00:00.000Z',
  status: 'open',
  sealedToken: 'sealed-1',
  revision: 0,
  ...over,
});

export const anEntry = (key: string, over: Partial<AuditEntry> = {}): AuditEntry => ({
  key,
  time: AT,
  actor: 'keyturn',
  run: 'e-1',
  rotationId: 'r-1',
  secretId: SECRET,
  classification: 'HIGH',
  step: 'install',
  oldVersion: 'b'.repeat(32),
  newVersion: VERSION,
  fingerprint: '',
  decision: '',
  approvals: [],
  outcome: 'applied',
  error: '',
  ...over,
});
