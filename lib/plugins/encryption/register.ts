import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { jsonText } from '../../core/json-text.ts';
import { KEY_STATES, type Ring } from '../keyring/ring.ts';

const entry = z.strictObject({
  state: z.enum(KEY_STATES),
  /** A ciphertext under the key, by which it can be tried; absent once it is destroyed. */
  check: z.string().optional(),
});
const register = z.strictObject({ keys: z.record(z.string(), entry) });

/** Which keys the data may be under, without any of the keys. */
export type Register = z.output<typeof register>;

const registerText = jsonText.pipe(register);

/** Undefined where there is none yet. @throws ValueCorrupt */
export function registerOf(text: string | undefined, subject: string): Register | undefined {
  if (text === undefined || text === '') return undefined;
  const parsed = registerText.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new RotationError('ValueCorrupt', { subject: `${subject}, register`, detail: 'another writer has changed it' });
}

export const showRegister = (shown: Register): string => `${JSON.stringify(shown, null, 2)}\n`;

/**
 * The register with the keys of a ring, each with a ciphertext to try it by; what a key has stays as it is.
 *
 * @param check makes such a ciphertext; undefined where a key is not to have one
 * @param gone ids of keys that are ours no more
 */
export function withRing(
  before: Register | undefined,
  ring: Ring,
  check: (kid: string) => string | undefined,
  gone: readonly string[] = [],
): Register {
  const others = Object.entries(before?.keys ?? {}).filter(([kid]) => !gone.includes(kid));
  const own = ring.keys.map(({ kid, state }) => {
    const found = before?.keys[kid]?.check;
    const made = found ?? check(kid);
    return [kid, { state, ...(state !== 'destroyed' && made !== undefined && { check: made }) }] as const;
  });
  return { keys: { ...Object.fromEntries(others), ...Object.fromEntries(own) } };
}
