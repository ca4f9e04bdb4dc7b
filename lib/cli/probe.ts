import { ERRORS, isRotationError } from '../core/errors.ts';
import type { Host } from './host.ts';

/** What one look found. */
export interface Finding {
  readonly subject: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly why: string;
  /** What to do; empty where all is well. */
  readonly remedy: string;
}

/** Looks at one thing and changes nothing. */
export type Probe = (host: Host) => Promise<readonly Finding[]>;

export const ok = (subject: string, why: string): Finding => ({ subject, verdict: 'ok', why, remedy: '' });
export const warn = (subject: string, why: string, remedy: string): Finding => ({
  subject,
  verdict: 'warn',
  why,
  remedy,
});
export const fail = (subject: string, why: string, remedy: string): Finding => ({
  subject,
  verdict: 'fail',
  why,
  remedy,
});

/** What a look found; an error of Keyturn's own table is a finding, with the table's remedy. */
export async function looking(subject: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    if (!isRotationError(error)) throw error;
    return fail(subject, error.message.replace(/ Remedy: .*$/, ''), ERRORS[error.name].remedy);
  }
}
