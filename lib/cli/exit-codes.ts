import type { ErrorName } from '../core/errors.ts';
import type { RotationStatus } from '../core/rotation.ts';

/** What a shell or a pipeline learns from a run of `keyturn`: the one table of exit codes. */
export const EXIT = {
  /** Done. */
  done: 0,
  /** Failed and rolled back, or refused: nothing is changed. */
  failed: 1,
  /** The command line or the configuration is wrong; nothing was tried. */
  usage: 2,
  /** In quarantine, or a person has to answer. */
  person: 3,
  /** Waits for approval, or was interrupted and can be resumed. */
  waiting: 4,
  /** The evidence or the verification asked for does not hold. */
  notProven: 5,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Errors that say more than `failed`. */
const BY_ERROR: Partial<Record<string, ExitCode>> = {
  ConfigInvalid: EXIT.usage,
  InputInvalid: EXIT.usage,
  SecretUnknown: EXIT.usage,
  PolicyRefused: EXIT.usage,
  KeyFileExposed: EXIT.usage,
  KeyFileInvalid: EXIT.usage,
  EngineBusy: EXIT.waiting,
  StillInUse: EXIT.person,
} satisfies Partial<Record<ErrorName, ExitCode>>;

export const exitOfError = (name: string): ExitCode => BY_ERROR[name] ?? EXIT.failed;

const BY_STATUS: Record<RotationStatus, ExitCode> = {
  COMMITTED: EXIT.done,
  ROLLED_BACK: EXIT.failed,
  REFUSED: EXIT.failed,
  QUARANTINED: EXIT.person,
  WAITING: EXIT.waiting,
  RUNNING: EXIT.waiting,
};

export const exitOfStatus = (status: RotationStatus): ExitCode => BY_STATUS[status];

/** From what is fine to what needs a person soonest. */
const GRAVITY: readonly ExitCode[] = [EXIT.done, EXIT.waiting, EXIT.usage, EXIT.notProven, EXIT.failed, EXIT.person];

/** The code of several outcomes together: the gravest. */
export const gravest = (codes: readonly ExitCode[]): ExitCode =>
  GRAVITY.findLast((code) => codes.includes(code)) ?? EXIT.done;
