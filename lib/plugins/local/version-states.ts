import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { Versions } from '../../core/ports.ts';

/** A value as it lies in the file. Base64, but `keyId`. */
const sealedValue = z.strictObject({ keyId: z.string(), nonce: z.string(), tag: z.string(), data: z.string() });
export type SealedValue = z.output<typeof sealedValue>;

export const heldVersion = z.strictObject({
  version: z.string(),
  state: z.enum(['pending', 'current', 'previous']),
  /** ISO 8601: when it came to this state. */
  since: z.string(),
  value: sealedValue,
});
export type HeldVersion = z.output<typeof heldVersion>;

/** The versions of one entry: at most one is current and one previous. */
export type Held = readonly HeldVersion[];

export interface Move {
  /** What it is about, for messages. */
  readonly path: string;
  readonly since: string;
}

/** The one to read. @throws SecretNotFound */
export function findVersion(held: Held, version: string | 'current', path: string): HeldVersion {
  const found = version === 'current' ? inState(held, 'current') : byId(held, version);
  if (found === undefined) throw new RotationError('SecretNotFound', { subject: path, detail: `version ${version}` });
  return found;
}

export const addPending = (held: Held, version: string, value: SealedValue, { since }: Move): Held => [
  ...held,
  { version, state: 'pending', since, value },
];

/** `undefined` when it is current already. @throws SecretNotFound, Conflict */
export function promoteVersion(
  held: Held,
  version: string,
  expected: string | undefined,
  move: Move,
): Held | undefined {
  const next = findVersion(held, version, move.path);
  if (next.state === 'current') return undefined;
  const current = inState(held, 'current');
  if (next.state !== 'pending' || current?.version !== expected) throw conflict(move, version, held);
  return settle(held, { [version]: 'current', ...(current && { [current.version]: 'previous' }) }, move);
}

/** `undefined` when the previous one is current already. @throws Conflict */
export function demoteVersion(held: Held, version: string, previous: string, move: Move): Held | undefined {
  const [from, to] = [byId(held, version)?.state, byId(held, previous)?.state];
  if (to === 'current' && from !== 'previous') return undefined;
  if (from !== 'current' || to !== 'previous') throw conflict(move, version, held);
  return settle(held, { [version]: 'pending', [previous]: 'current' }, move);
}

/** `undefined` when there is none. @throws Conflict for a version that is not pending */
export function discardVersion(held: Held, version: string, move: Move): Held | undefined {
  const found = byId(held, version);
  if (found === undefined) return undefined;
  if (found.state !== 'pending') throw conflict(move, version, held);
  return held.filter((other) => other !== found);
}

export function versionsOf(held: Held): Versions {
  const info = ({ version, since }: HeldVersion) => ({ version, since });
  const [current, previous] = [inState(held, 'current'), inState(held, 'previous')];
  return {
    ...(current && { current: info(current) }),
    ...(previous && { previous: info(previous) }),
    pending: held.filter(({ state }) => state === 'pending').map(info),
  };
}

export const byId = (held: Held, version: string) => held.find((other) => other.version === version);

const inState = (held: Held, state: HeldVersion['state']) => held.find((other) => other.state === state);

/** Gives versions their new states; a previous one that got none gives way. */
function settle(held: Held, states: Readonly<Record<string, HeldVersion['state']>>, { since }: Move): Held {
  return held.flatMap((item) => {
    const state = states[item.version];
    if (state !== undefined) return [{ ...item, state, since }];
    return item.state === 'previous' ? [] : [item];
  });
}

function conflict({ path }: Move, version: string, held: Held): RotationError {
  const state = byId(held, version)?.state ?? 'absent';
  const current = inState(held, 'current')?.version ?? 'none';
  return new RotationError('Conflict', {
    subject: path,
    detail: `version ${version} is ${state}, the current one is ${current}`,
  });
}
