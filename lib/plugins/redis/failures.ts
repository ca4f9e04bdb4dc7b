import { ReplyError } from 'ioredis';
import { type ErrorName, errorCode, isRotationError, RotationError } from '../../core/errors.ts';

interface Meaning {
  readonly name: ErrorName;
  readonly detail?: string;
}

/** What the first word of an error reply means, wherever it comes up. */
const CODES: Readonly<Record<string, Meaning>> = {
  WRONGPASS: { name: 'AccessDenied' },
  NOAUTH: { name: 'AccessDenied' },
  NOPERM: { name: 'AccessDenied', detail: 'a permission is missing' },
  LOADING: { name: 'Unavailable', detail: 'the server is still loading its data' },
  BUSY: { name: 'Unavailable', detail: 'a script keeps the server busy' },
  MASTERDOWN: { name: 'Unavailable', detail: 'the replica has lost its primary' },
  READONLY: { name: 'Unavailable', detail: 'the server is a read-only replica' },
  MISCONF: { name: 'Unavailable', detail: 'the server cannot write to its disk' },
  OOM: { name: 'Unavailable', detail: 'the server is out of memory' },
  CLUSTERDOWN: { name: 'Unavailable', detail: 'the cluster is down' },
};

/** Replies that share the word ERR, or come before anything was asked: known by their text, which is never repeated. */
const TEXTS: readonly (readonly [RegExp, Meaning])[] = [
  [
    /\bDENIED Redis is running in protected mode/,
    {
      name: 'AccessDenied',
      detail: 'protected mode lets in its own host only: give the default user a password or switch it off',
    },
  ],
  [/max number of clients reached/, { name: 'Throttled', detail: 'no connection is free' }],
  [
    /ERR unknown (sub)?command/i,
    { name: 'TargetNotPrepared', detail: 'the server lacks a command: Redis 7 with its ACL commands is needed' },
  ],
  [
    /wrong number of arguments for 'auth'/i,
    { name: 'TargetNotPrepared', detail: 'the server has no users: Redis 7 is needed' },
  ],
  [/instance has cluster support disabled/i, { name: 'TargetNotPrepared', detail: 'the server is no cluster node' }],
];

const NO_REDIS: Meaning = { name: 'Unavailable', detail: 'what answers there is no Redis' };

const textOf = (error: unknown): string => (error instanceof Error ? error.message : '');
const wordOf = (error: unknown): string => /^[A-Z]+(?= |$)/.exec(textOf(error))?.[0] ?? 'ERR';

function meaningOf(error: unknown): Meaning | undefined {
  const known = TEXTS.find(([text]) => text.test(textOf(error)))?.[1];
  if (known !== undefined) return known;
  if (error instanceof ReplyError) return CODES[wordOf(error)] ?? { name: 'InternalError' };
  return textOf(error).includes('RESP') ? NO_REDIS : undefined;
}

/**
 * Any error of the client, in our own words: its text and its command may hold a value, so only a code is kept.
 *
 * @param changing a change was under way: without an answer its outcome is open
 */
export function failure(error: unknown, subject: string, changing: boolean): RotationError {
  if (isRotationError(error)) return error;
  const silent: Meaning = { name: changing ? 'OutcomeUnknown' : 'Unavailable' };
  const { name, detail } = meaningOf(error) ?? silent;
  const code = error instanceof ReplyError ? wordOf(error) : errorCode(error);
  return new RotationError(name, { subject, ...(detail && { detail }), ...(code && { code }) });
}

/** Whether a login failed because the user is off or unknown, or its password is another. */
export const isRefusal = (error: unknown): boolean => error instanceof ReplyError && wordOf(error) === 'WRONGPASS';
