/** What one error name means: whether a retry can help, what happened, and what a person does about it. */
export interface ErrorRow {
  /** A retry of the same step may succeed; the flows list these names in `Retry`. */
  readonly retryable: boolean;
  readonly message: string;
  readonly remedy: string;
}

const row = (retryable: boolean, message: string, remedy: string): ErrorRow => ({ retryable, message, remedy });

/** The one table of errors. A name is what a flow matches in `ErrorEquals`, what a log carries, and an anchor in docs/errors.md. */
export const ERRORS = {
  AccessDenied: row(
    false,
    'a login or an action was refused',
    'check the credential and its grants; `keyturn doctor` names the missing one',
  ),
  ApprovalExpired: row(
    false,
    'the approval was not complete in time',
    'start the rotation again and have it approved before its expiry',
  ),
  ApprovalRefused: row(
    false,
    'the vote does not count',
    'have another person who holds the named role vote on the digest that `keyturn plan` shows',
  ),
  ApprovalRejected: row(false, 'an approver rejected the plan', 'talk to the approver; a new request makes a new plan'),
  AuditUnavailable: row(
    true,
    'the audit record could not be written, so nothing further is done',
    'make the ledger writable again, then `keyturn resume`',
  ),
  ConfigInvalid: row(
    false,
    'the configuration does not hold',
    'mend the lines named; `keyturn validate` shows all of them',
  ),
  Conflict: row(false, 'another writer changed it meanwhile', 'see who else writes it, then start again'),
  ConsumerRejected: row(
    false,
    'a consumer is not on the expected version',
    'look at that consumer: its reload, its configuration, its log',
  ),
  ConsumerUnproven: row(
    false,
    'a consumer has no proof for the new version, so the old one is kept',
    'verify the consumer, or declare `verify: waived` with reason, owner and expiry',
  ),
  CopyUnwritable: row(
    false,
    "the consumer's copy cannot take the value as it stands",
    'mend what is named at the copy, then start again',
  ),
  CurrentRefused: row(
    false,
    'the current credential does not log in at the configured target',
    'compare the target in keyturn.yaml with the real one, or correct the stored value with `keyturn put --replace`',
  ),
  EngineBusy: row(
    true,
    'another keyturn process drives this data directory',
    'wait for it, or use another --data directory',
  ),
  FenceStale: row(false, 'a newer run owns this secret', 'nothing: this run stops; see `keyturn status`'),
  ForeignOwner: row(
    false,
    'another controller owns it and would write over the value',
    'let it have one owner: propagate through that controller, or take the object from it',
  ),
  InputInvalid: row(false, 'the input does not have the documented shape', 'correct the named field'),
  InternalError: row(
    false,
    'a step failed in a way it does not describe',
    'see the log of that step; report it if it persists',
  ),
  KeyFileExposed: row(false, 'a key file can be read by others', 'chmod 600 the file, and rotate what it protected'),
  KeyFileInvalid: row(
    false,
    'a key file is missing or not a key',
    'restore it from your backup: without it the stored values cannot be read',
  ),
  LedgerUnavailable: row(
    true,
    'the ledger cannot be read or written',
    'check the data directory: space, permissions, disk',
  ),
  LockHeld: row(
    false,
    'another rotation holds this secret or its target',
    'wait for it; `keyturn status` names it, `keyturn resume` or `rollback` ends one in quarantine',
  ),
  NoWayBack: row(
    false,
    'the old credential is refused already, and nobody can bring it back',
    'put right what failed, then `keyturn resume`: it goes forward with the new one',
  ),
  OutcomeUnknown: row(
    true,
    'applied or not is not known: the reply was lost, or the nodes of the target differ',
    'nothing: the next attempt probes before it acts',
  ),
  PendingForeign: row(
    false,
    'a pending version of another origin lies in the backend',
    'find out whether it is live at the target; `keyturn release` discards it when it is not',
  ),
  PlanChanged: row(
    false,
    'the plan is no longer the one that was approved',
    'start again and have the new plan approved',
  ),
  PolicyRefused: row(false, 'the policy does not allow this', 'see `keyturn plan` for the rule that applies'),
  ReferenceMissing: row(false, 'a referenced secret has no value', 'store it with `keyturn put`'),
  RolloutFailed: row(
    false,
    'the consumer did not come back after its restart',
    "look at the consumer's own log; its old version stays valid",
  ),
  RolloutPending: row(true, 'the consumer has not finished its restart', 'nothing: it is polled until its deadline'),
  SecretNotFound: row(false, 'the secret has no value in the backend', 'store the first one with `keyturn put`'),
  SecretUnknown: row(
    false,
    'no such secret in the configuration',
    'use an id of keyturn.yaml; `keyturn due` lists them',
  ),
  StepTimeout: row(true, 'the step did not end within its time', 'nothing: the next attempt probes before it acts'),
  StillInUse: row(
    false,
    'the old credential is still in use at the deadline',
    'find who uses it with `keyturn status`, then `keyturn resume` to look again or go on without quiet',
  ),
  StillAccepted: row(
    true,
    'the old credential is still accepted',
    'nothing: it is polled; if it persists, revoke it at the target by hand',
  ),
  StorageFailed: row(true, 'a file could not be written or read', 'check space and permissions of the named path'),
  TargetNotPrepared: row(
    false,
    'the target lacks something that the admin credential may not create',
    'run the statements that `keyturn plan` shows as an administrator of the target',
  ),
  Throttled: row(true, 'the server asked to slow down', 'nothing: it is retried with backoff'),
  TicketUnknown: row(
    false,
    'the execution carries no ticket of the intake',
    'start rotations with `keyturn rotate`, on AWS with the machine `keyturn-<environment>-intake`',
  ),
  TooManyAttempts: row(
    false,
    'this secret was tried too often',
    'mend the cause that `keyturn history` shows, then wait for the backoff it names',
  ),
  Unavailable: row(true, 'the server cannot be reached', 'check that it runs and that the address is right'),
  ValueAwaited: row(
    false,
    'only a person can make the new value',
    'make it as the issuer says, then hand it over with `keyturn provide`',
  ),
  ValueCorrupt: row(false, 'a stored value fails its integrity check', 'restore the store from your backup'),
  ValueRefused: row(
    false,
    'the target refuses the value by its policy',
    "compare the target's policy with what the entry declares: alphabet and length, or names and life",
  ),
  VerificationInconclusive: row(true, 'the check could not decide', 'make the consumer reachable for its check'),
  VersionConflict: row(
    false,
    'this version id already holds another value',
    'nothing was overwritten; start a new rotation',
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof ERRORS;

export function isErrorName(name: string): name is ErrorName {
  return Object.hasOwn(ERRORS, name);
}

export interface ErrorContext {
  /** What it was about, e.g. `role orders_a at db.internal:5432`. Never a value. */
  readonly subject: string;
  /** More of what is known, in our own words. Never an upstream message. */
  readonly detail?: string;
  /** The foreign error's code, e.g. `28P01` or `ECONNREFUSED`; the foreign error itself is dropped, as its text may hold a value. */
  readonly code?: string;
}

/** The only error that leaves a step. Its message says what failed, on what, and what to do; never a value. */
export class RotationError extends Error {
  override readonly name: ErrorName;
  readonly subject: string;
  readonly code: string | undefined;

  constructor(name: ErrorName, { subject, detail, code }: ErrorContext) {
    const { message, remedy } = ERRORS[name];
    const known = [detail, code && `code ${code}`].filter(Boolean).join('; ');
    super(`${subject}: ${message}${known ? ` (${known})` : ''}. Remedy: ${remedy}.`);
    this.name = name;
    this.subject = subject;
    this.code = code;
  }

  get retryable(): boolean {
    return ERRORS[this.name].retryable;
  }
}

/** Whether `error` is a {@link RotationError}, of one of `names` when any are given. */
export function isRotationError(error: unknown, ...names: ErrorName[]): error is RotationError {
  return error instanceof RotationError && (names.length === 0 || names.includes(error.name));
}

/** The `code` of a foreign error (`ECONNREFUSED`, `28P01`), the only part of it that is safe to repeat. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(error.code) ? error.code : undefined;
}
