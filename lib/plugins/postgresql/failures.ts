import { DatabaseError } from 'pg';
import { type ErrorName, errorCode, isRotationError, RotationError } from '../../core/errors.ts';

interface Meaning {
  readonly name: ErrorName;
  readonly detail?: string;
}

const DENIED: Meaning = { name: 'AccessDenied' };
const DOWN: Meaning = { name: 'Unavailable' };

/** What a SQLSTATE means, wherever it comes up. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '28000': {
    name: 'AccessDenied',
    detail: 'pg_hba.conf lets this host in with another role, database or TLS mode only',
  },
  '28P01': DENIED,
  '42501': { name: 'AccessDenied', detail: 'a privilege is missing' },
  '3D000': { name: 'TargetNotPrepared', detail: 'the database does not exist' },
  '53300': { name: 'Throttled', detail: 'no connection is free' },
  '57P03': { name: 'Unavailable', detail: 'the server is starting or stopping' },
  '57014': { name: 'Unavailable', detail: 'a statement took too long and was undone' },
  '55P03': { name: 'Unavailable', detail: 'another session holds a lock; nothing was changed' },
  '40P01': { name: 'Unavailable', detail: 'a deadlock; nothing was changed' },
  '40001': { name: 'Unavailable', detail: 'a concurrent change; nothing was changed' },
  '25006': { name: 'Unavailable', detail: 'the server is read-only, a standby perhaps' },
  '53100': { name: 'Unavailable', detail: "the server's disk is full" },
  '53200': { name: 'Unavailable', detail: 'the server is out of memory' },
};

/** Any error of the driver while nothing was being changed, in our own words: its text may hold a value, so only the code is kept. */
export function readFailure(error: unknown, subject: string): RotationError {
  if (isRotationError(error)) return error;
  const code = errorCode(error);
  const known = code === undefined ? undefined : MEANINGS[code];
  const { name, detail } = known ?? (isAnswer(error) ? { name: 'InternalError' as const } : DOWN);
  return new RotationError(name, { subject, ...(detail && { detail }), ...(code && { code }) });
}

/** The same while a change was under way: a connection that ended without an answer leaves its outcome open. */
export function changeFailure(error: unknown, subject: string): RotationError {
  if (isRotationError(error) || isAnswer(error)) return readFailure(error, subject);
  const code = errorCode(error);
  return new RotationError('OutcomeUnknown', { subject, ...(code && { code }) });
}

/** Whether the server answered with an error, and did not end the session by it: then its transaction was undone. */
function isAnswer(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && !/^(57P0[12]|08)/.test(error.code ?? '');
}

/** Whether a login failed because the role or its password is not accepted, wherever one logs in from. */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return false;
  return error.code === '28P01' || (error.code === '28000' && error.routine === 'InitializeSessionUserId');
}

const PRIVILEGE = '42501';
/** What password checks of a server raise. */
const POLICY = new Set(['22023', '28000', '28P01', '0A000']);

const codeIn = (error: unknown, codes: ReadonlySet<string>): string | undefined => {
  const code = error instanceof DatabaseError ? errorCode(error) : undefined;
  return code !== undefined && codes.has(code) ? code : undefined;
};

/** A failure of a statement that prepares the target. */
export function prepareFailure(error: unknown, subject: string): RotationError {
  const code = codeIn(error, new Set([PRIVILEGE]));
  if (code === undefined) return changeFailure(error, subject);
  return new RotationError('TargetNotPrepared', { subject, detail: 'the admin role lacks a privilege', code });
}

/** A failure of the statement that carries the new verifier. */
export function valueFailure(error: unknown, subject: string): RotationError {
  const code = codeIn(error, POLICY);
  return code === undefined ? prepareFailure(error, subject) : new RotationError('ValueRefused', { subject, code });
}
