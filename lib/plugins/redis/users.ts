import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Admin } from './admin.ts';
import { mapReply, OK } from './replies.ts';

const selector = { commands: z.string(), keys: z.string(), channels: z.string() };

const reply = mapReply
  .pipe(
    z.object({
      flags: z.array(z.string()),
      passwords: z.array(z.string()),
      ...selector,
      selectors: z.array(mapReply.pipe(z.object(selector))),
    }),
  )
  .nullable();

/** A user as one node has it. */
export interface User {
  readonly on: boolean;
  /** Any password will do. */
  readonly open: boolean;
  /** SHA-256 of each, in hexadecimal. */
  readonly passwords: readonly string[];
  /** What it may do, as arguments of ACL SETUSER that give a user these rights and no others. */
  readonly rules: readonly string[];
}

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '');
const rights = ({ keys, channels, commands }: { keys: string; channels: string; commands: string }): string[] => [
  ...words(keys),
  'resetchannels',
  ...words(channels),
  ...words(commands),
];

const PAYLOADS = ['sanitize-payload', 'skip-sanitize-payload'];

/** What a node has of a user; undefined when it has none of that name. */
export async function readUser(admin: Admin, name: string): Promise<User | undefined> {
  const found = await admin.read(reply, 'ACL', 'GETUSER', name);
  if (found === null) return undefined;
  const selectors = found.selectors.map((each) => `(${rights(each).join(' ')})`);
  return {
    on: found.flags.includes('on'),
    open: found.flags.includes('nopass'),
    passwords: found.passwords,
    rules: [
      ...found.flags.filter((flag) => PAYLOADS.includes(flag)),
      'resetkeys',
      '-@all',
      'clearselectors',
      ...rights(found),
      ...selectors,
    ],
  };
}

/** All of `rules` or none: Redis applies the arguments to a copy first. */
export async function setUser(admin: Admin, name: string, ...rules: readonly string[]): Promise<void> {
  await admin.change(OK, 'ACL', 'SETUSER', name, ...rules);
}

/** How a password appears in the list of a user's. It is sent so: the password itself never stands in a command but AUTH. */
export const hashOf = (password: string): string => createHash('sha256').update(password, 'utf8').digest('hex');
export const adding = (hash: string): string => `#${hash}`;
export const removing = (hash: string): string => `!${hash}`;
