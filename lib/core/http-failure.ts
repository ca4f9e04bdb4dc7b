import { type ErrorName, RotationError } from './errors.ts';

const NAMES: Readonly<Record<number, ErrorName>> = {
  401: 'AccessDenied',
  403: 'AccessDenied',
  407: 'AccessDenied',
  408: 'Unavailable',
  429: 'Throttled',
};

/** The error for an HTTP reply that is not the one hoped for; the reply's body is never part of it. */
export function httpFailure(subject: string, status: number, otherwise: ErrorName): RotationError {
  const name = NAMES[status] ?? (status >= 500 ? 'Unavailable' : otherwise);
  return new RotationError(name, { subject, code: `http-${status}` });
}
