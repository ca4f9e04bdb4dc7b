import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import type { Part } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';

/** The states of NIST SP 800-57 part 1, section 7. */
export const KEY_STATES = ['pre-activation', 'active', 'deactivated', 'compromised', 'destroyed'] as const;

/** What a key id consists of: it stands in headers, file names and before ciphertexts. */
export const keyId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'expected letters, digits, _ and -');

const ringKey = z.strictObject({
  kid: keyId,
  /** Of a signing key. */
  algorithm: z.string().optional(),
  state: z.enum(KEY_STATES),
  /** When it came into this state, ISO 8601. */
  since: z.iso.datetime(),
  /** The key itself, in the form of its type; absent once destroyed, and where another system keeps it. */
  material: z.string().min(1).optional(),
});
export type RingKey = z.output<typeof ringKey>;

const ring = z
  .strictObject({ keys: z.array(ringKey).min(1) })
  .refine(({ keys }) => new Set(keys.map(({ kid }) => kid)).size === keys.length, 'two keys have one id')
  .refine(({ keys }) => keys.filter(({ state }) => state === 'active').length === 1, 'expected one active key')
  .refine(
    ({ keys }) => keys.every((key) => key.state !== 'destroyed' || key.material === undefined),
    'a destroyed key is still there',
  );

/** Keys in the order in which they came. */
export type Ring = z.output<typeof ring>;

const ringText = jsonText.pipe(ring);

/** What is wrong with the text of a ring, without a word of it; undefined when nothing is. */
export function ringProblem(text: string): string | undefined {
  const issue = ringText.safeParse(text).error?.issues[0];
  if (issue === undefined) return undefined;
  const known = issue.code === 'custom' ? issue.message : 'expected {"keys": [{"kid", "state", "since", ...}]}';
  return `its field keyring is no key ring: ${known}`;
}

/** @throws ValueCorrupt */
export function ringOf(value: Secret): Ring {
  const parsed = ringText.safeParse(value.field('keyring') ?? '');
  if (parsed.success) return parsed.data;
  throw new RotationError('ValueCorrupt', { subject: 'a key ring', detail: 'its field keyring does not hold one' });
}

/** @throws ValueCorrupt when no key of the ring has the state that the part needs */
export function keyOf({ keys }: Ring, part: Part = 'primary'): RingKey {
  const wanted = (key: RingKey) => (part === 'primary' ? key.state === 'active' : isAcceptable(key));
  const found = keys.findLast(wanted);
  if (found !== undefined) return found;
  throw new RotationError('ValueCorrupt', { subject: 'a key ring', detail: `it has no ${part} key` });
}

/** Whether what was made with a key is still good: it is not compromised and not destroyed. */
export const isAcceptable = ({ state }: RingKey): boolean =>
  state === 'pre-activation' || state === 'active' || state === 'deactivated';

export const acceptableIn = ({ keys }: Ring): RingKey[] => keys.filter(isAcceptable);

const inState = (key: RingKey, state: RingKey['state'], since: string): RingKey => ({ ...key, state, since });

/** With a new key that is not used yet. One that an earlier run has published may have been used: it stays to be accepted. */
export function published({ keys }: Ring, fresh: Omit<RingKey, 'state' | 'since'>, at: string): Ring {
  const before = keys.map((key) => (key.state === 'pre-activation' ? inState(key, 'deactivated', at) : key));
  return { keys: [...before, { ...fresh, state: 'pre-activation', since: at }] };
}

/** The published key in use, the one before it only accepted; undefined where none is published. */
export function switched({ keys }: Ring, at: string): Ring | undefined {
  const next = keys.findLast(({ state }) => state === 'pre-activation');
  if (next === undefined) return undefined;
  return {
    keys: keys.map((key) => {
      if (key === next) return inState(key, 'active', at);
      return key.state === 'active' ? inState(key, 'deactivated', at) : key;
    }),
  };
}

/** With a new key in use at once, and only the one before it accepted: for keys that another system keeps. */
export function succeeded(ring: Ring, fresh: Omit<RingKey, 'state' | 'since'>, at: string): Ring {
  const { keys } = pruned(ring, at) ?? ring;
  const before = keys.map((key) => (key.state === 'active' ? inState(key, 'deactivated', at) : key));
  return { keys: [...before, { ...fresh, state: 'active', since: at }] };
}

/** So many ids of destroyed keys are remembered. */
const REMEMBERED = 20;

/** Only the key in use, and the ids of those that are destroyed; undefined where nothing is left to destroy. */
export function pruned({ keys }: Ring, at: string): Ring | undefined {
  const isDone = (key: RingKey) => key.state === 'active' || key.state === 'destroyed';
  if (keys.every(isDone)) return undefined;
  const left = keys.map((key) => (isDone(key) ? key : destroyed(key, at)));
  const forgotten = left.filter(({ state }) => state === 'destroyed').slice(0, -REMEMBERED);
  return { keys: left.filter((key) => !forgotten.includes(key)) };
}

const destroyed = ({ material: _material, ...key }: RingKey, since: string): RingKey =>
  inState(key, 'destroyed', since);
