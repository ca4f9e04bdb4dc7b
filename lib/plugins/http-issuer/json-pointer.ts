import { z } from 'zod';

/** RFC 6901: `/data/0/id`, and the empty text for the whole. */
export const jsonPointer = z
  .string()
  .regex(/^(\/([^~/]|~[01])*)*$/, 'expected a JSON pointer: "/data/id", or "" for the whole reply');

/** What a pointer points at; undefined where there is nothing. */
export function pointedAt(value: unknown, pointer: string): unknown {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return keys.reduce<unknown>((at, key) => {
    const own = typeof at === 'object' && at !== null ? Object.getOwnPropertyDescriptor(at, key) : undefined;
    return own?.value;
  }, value);
}
