import { z } from 'zod';

/** Everything that flows between steps or is written to the ledger: references, verdicts and times; never a value, never ciphertext. */

/** `<environment>/<area>/<name>` */
export const secretId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9_.-]*){2}$/, 'expected <environment>/<area>/<name>');
/** 32 hex digits of SHA-256(secret, cause, generation), or of a hand-made value's own cause. */
export const versionId = z.string().regex(/^[0-9a-f]{32}$/, 'expected 32 hex digits');
/** ISO 8601 in UTC with milliseconds. */
export const instant = z.iso.datetime();

export const CLASSIFICATIONS = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;
export const classification = z.enum(CLASSIFICATIONS);
export type Classification = z.infer<typeof classification>;

export const causeKind = z.enum(['manual', 'scheduled', 'incident']);

/** What a person, a schedule or an incident asked for; its id is the ticket without which no execution begins. */
export const rotationRequest = z.strictObject({
  ticket: z.string().min(8),
  secretId,
  cause: z.strictObject({ kind: causeKind, id: z.string().min(1) }),
  requester: z.string().min(1),
  /** How the requester is known: by signature, by the operating system's user, or only by name. */
  requesterProof: z.enum(['signed', 'os-user', 'service']),
  reason: z.string(),
  mode: z.enum(['normal', 'fast-rotate']),
  /** The fleet that it was asked for with. */
  fleet: z.string().optional(),
  at: instant,
});
export type RotationRequest = z.infer<typeof rotationRequest>;

/**
 * The legs of a run. The flow `overlap` has one, the whole. `keyring` and `reissue` bring what is new to everybody as
 * something to accept, then have it used, then take the old away; each leg is a version of its own.
 */
export const STAGES = ['whole', 'publish', 'switch', 'prune'] as const;
export const stage = z.enum(STAGES);
export type Stage = z.infer<typeof stage>;

/** What identifies a run; every step receives it. */
export const runRef = z.strictObject({
  rotationId: z.string(),
  secretId,
  type: z.string(),
  fence: z.int().positive(),
  version: versionId,
  generation: z.union([z.literal(1), z.literal(2)]),
  previous: versionId,
  stage: stage.default('whole'),
  /** How often the flow went back over its own steps: a transition that is made once more has a record of its own. */
  turn: z.int().nonnegative().default(0),
});
export type RunRef = z.infer<typeof runRef>;

/** Where the run stands in its stage. The order is the protocol's; `retiring` is the pivot. */
export const PHASES = [
  'begun',
  'approved',
  'generated',
  'installed',
  'stored',
  'propagated',
  'proven',
  'retiring',
  'retired',
  'closed',
] as const;
export const phase = z.enum(PHASES);
export type Phase = z.infer<typeof phase>;

export const rotationStatus = z.enum(['RUNNING', 'WAITING', 'COMMITTED', 'ROLLED_BACK', 'QUARANTINED', 'REFUSED']);
export type RotationStatus = z.infer<typeof rotationStatus>;

export const failure = z.strictObject({ error: z.string(), cause: z.string().max(2000) });

/** One rotation as the ledger keeps it. */
export const rotationRecord = z.strictObject({
  rotationId: z.string(),
  ticket: z.string(),
  secretId,
  type: z.string(),
  classification,
  execution: z.string(),
  attempt: z.int().positive(),
  status: rotationStatus,
  phase,
  /** `back` once the run compensates; it never turns after the pivot. */
  direction: z.enum(['forward', 'back']),
  fence: z.int().positive(),
  locks: z.array(z.string()),
  version: versionId,
  generation: z.union([z.literal(1), z.literal(2)]),
  previous: versionId,
  /** Since when what was in use at the start had been in use. */
  previousSince: instant.optional(),
  stage: stage.default('whole'),
  digest: z.string(),
  consumers: z.array(z.string()),
  startedAt: instant,
  updatedAt: instant,
  /** When the last consumer was proven on the new version, or a person gave the quiet rule its time once more: its deadline runs from here. */
  provenAt: instant.optional(),
  /** When the target began to accept the new version. */
  installedAt: instant.optional(),
  closedAt: instant.optional(),
  /** Set where a person waived the quiet rule at its deadline. */
  quietWaivedBy: z.string().optional(),
  failure: failure.optional(),
});
export type RotationRecord = z.infer<typeof rotationRecord>;

/** That one check of one consumer (or of the target) held for one version at one moment. */
export const evidence = z.strictObject({
  rotationId: z.string(),
  /** `consumer:<name>`, `target`, `quiet`, `refused` */
  subject: z.string(),
  version: versionId,
  verdict: z.enum(['verified', 'rejected', 'inconclusive', 'waived']),
  why: z.string(),
  at: instant,
});
export type Evidence = z.infer<typeof evidence>;

export const auditEntry = z.strictObject({
  /** Unique per transition: writing the same key twice leaves one record. */
  key: z.string(),
  time: instant,
  actor: z.string(),
  run: z.string(),
  rotationId: z.string(),
  secretId: z.string(),
  classification: z.string(),
  step: z.string(),
  oldVersion: z.string(),
  newVersion: z.string(),
  fingerprint: z.string(),
  decision: z.string(),
  approvals: z.array(z.string()),
  outcome: z.string(),
  error: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntry>;

export const auditRecord = auditEntry.extend({ seq: z.int().positive(), prevHash: z.string(), hash: z.string() });
export type AuditRecord = z.infer<typeof auditRecord>;

/** The signed end of the audit chain: without it a cut tail would not show. */
export const auditHead = z.strictObject({
  seq: z.int(),
  hash: z.string(),
  at: instant,
  keyId: z.string(),
  signature: z.string(),
});
export type AuditHead = z.infer<typeof auditHead>;

export const approvalKind = z.enum(['plan', 'value', 'quiet', 'quarantine']);

export const vote = z.strictObject({
  person: z.string(),
  decision: z.enum(['approve', 'reject', 'forward', 'back', 'wait']),
  reason: z.string(),
  at: instant,
  /** Identifies the key or the session that proved the person. */
  proof: z.string(),
});
export type Vote = z.infer<typeof vote>;

export const approvalRecord = z.strictObject({
  id: z.string(),
  kind: approvalKind,
  rotationId: z.string(),
  secretId,
  digest: z.string(),
  requester: z.string(),
  /** One role per seat; `any` is a seat for whoever holds some role. */
  seats: z.array(z.string()),
  votes: z.array(vote),
  openedAt: instant,
  expiresAt: instant,
  status: z.enum(['open', 'granted', 'rejected', 'expired', 'consumed']),
  /** The task token, sealed: a token is a credential. Absent once delivered. */
  sealedToken: z.string().optional(),
  revision: z.int().nonnegative(),
});
export type ApprovalRecord = z.infer<typeof approvalRecord>;
