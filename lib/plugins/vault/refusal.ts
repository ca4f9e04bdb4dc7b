import { type ErrorName, RotationError } from '../../core/errors.ts';
import { httpFailure } from '../../core/http-failure.ts';
import type { WireCall } from './transport.ts';

/** Replies of a server that did nothing: sealed, not active, or a replica that is behind. */
const NOT_NOW: ReadonlySet<number> = new Set([412, 472, 473, 501, 503]);

/**
 * The error for a reply that no caller looks into.
 *
 * @param state - why the server does not serve, where it says so
 */
export function refusal(call: WireCall, status: number, state: string | undefined): RotationError {
  const subject = `vault ${shown(call)}`;
  if (status === 403) return accessDenied(shown(call), call.capability);
  if (state !== undefined || NOT_NOW.has(status)) {
    const detail = state === undefined ? 'it does not serve now' : `the server is ${state}`;
    return new RotationError('Unavailable', { subject, detail, code: `http-${status}` });
  }
  if (status >= 500 && call.method !== 'GET') return unknown(subject, status);
  return httpFailure(subject, status, OTHERWISE[status] ?? 'ConfigInvalid');
}

const OTHERWISE: Readonly<Record<number, ErrorName>> = { 413: 'InputInvalid' };

/** A write that broke inside the server may have been applied. */
const unknown = (subject: string, status: number) =>
  new RotationError('OutcomeUnknown', { subject, code: `http-${status}` });

/** @param path - as policies write it */
export function accessDenied(path: string, capability: string): RotationError {
  return new RotationError('AccessDenied', {
    subject: `vault ${path}`,
    detail: `the token lacks "${capability}" on ${path}; \`keyturn vault policies\` prints what it needs`,
  });
}

/** The path as policies write it. */
const shown = ({ path }: Pick<WireCall, 'path'>): string => decodeURIComponent(path.slice(1).split('?')[0] ?? '');
