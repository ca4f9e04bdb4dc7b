import { z } from 'zod';
import type { Random } from './ports.ts';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const MINIMUM_BITS = 256;

const entropy = (length: number, alphabet: string): number => length * Math.log2(new Set(alphabet).size);

/** How passwords are made: at least 256 bits, of characters that mean nothing to a URL or a shell. */
export const passwordPolicy = z
  .strictObject({
    /** Characters; 43 of the default alphabet are 256 bits. */
    length: z.int().min(32).max(256).default(43),
    alphabet: z
      .string()
      .regex(/^[A-Za-z0-9._-]{2,}$/, 'expected letters, digits and . _ - only: others mean something to URLs or shells')
      .refine((text) => new Set(text).size === text.length, 'expected each character once')
      .default(ALPHANUMERIC),
  })
  .refine(({ length, alphabet }) => entropy(length, alphabet) >= MINIMUM_BITS, {
    error: `expected at least ${MINIMUM_BITS} bits: a greater length or alphabet`,
  })
  .prefault({});

export type PasswordPolicy = z.output<typeof passwordPolicy>;

/** A password by the policy. Bytes beyond the last whole multiple of the alphabet are thrown away, else some characters would be likelier. */
export function makePassword({ length, alphabet }: PasswordPolicy, random: Random): string {
  const fair = 256 - (256 % alphabet.length);
  let password = '';
  while (password.length < length) {
    const picked = [...random.bytes(length)].filter((byte) => byte < fair);
    password += picked.map((byte) => alphabet.charAt(byte % alphabet.length)).join('');
  }
  return password.slice(0, length);
}
