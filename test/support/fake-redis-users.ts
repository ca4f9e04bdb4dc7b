import { createHash } from 'node:crypto';

/** What a user of the fake may do: a selector, or the user's own rights. */
interface Rights {
  keys: string[];
  channels: string[];
  commands: string[];
}

export interface FakeUser extends Rights {
  on: boolean;
  open: boolean;
  passwords: string[];
  selectors: Rights[];
}

const noRights = (): Rights => ({ keys: [], channels: [], commands: ['-@all'] });
export const freshUser = (): FakeUser => ({ ...noRights(), on: false, open: false, passwords: [], selectors: [] });

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

type Change = (user: FakeUser, argument: string) => void;

const addPassword = (user: FakeUser, hash: string) => {
  user.open = false;
  user.passwords = [...new Set([...user.passwords, hash])];
};
const removePassword = (user: FakeUser, hash: string) => {
  if (!user.passwords.includes(hash)) throw new Error('ERR Error in ACL SETUSER modifier: no such password');
  user.passwords = user.passwords.filter((each) => each !== hash);
};

const WORDS: Readonly<Record<string, Change>> = {
  on: (user) => {
    user.on = true;
  },
  off: (user) => {
    user.on = false;
  },
  nopass: (user) => Object.assign(user, { open: true, passwords: [] }),
  resetpass: (user) => Object.assign(user, { open: false, passwords: [] }),
  resetkeys: (user) => Object.assign(user, { keys: [] }),
  resetchannels: (user) => Object.assign(user, { channels: [] }),
  clearselectors: (user) => Object.assign(user, { selectors: [] }),
};

const SIGNS: Readonly<Record<string, Change>> = {
  '>': (user, text) => addPassword(user, sha256(text.slice(1))),
  '<': (user, text) => removePassword(user, sha256(text.slice(1))),
  '#': (user, text) => addPassword(user, text.slice(1)),
  '!': (user, text) => removePassword(user, text.slice(1)),
  '~': (user, text) => user.keys.push(text),
  '%': (user, text) => user.keys.push(text),
  '&': (user, text) => user.channels.push(text),
  '+': (user, text) => command(user, text),
  '-': (user, text) => command(user, text),
  '(': (user, text) => {
    const inner = freshUser();
    for (const word of text.slice(1, -1).split(' ')) apply(inner, word);
    user.selectors.push({ keys: inner.keys, channels: inner.channels, commands: inner.commands });
  },
};

function command(user: FakeUser, text: string): void {
  user.commands = text.endsWith('@all') ? [text] : [...user.commands, text];
}

function apply(user: FakeUser, argument: string): void {
  const change = WORDS[argument] ?? SIGNS[argument.charAt(0)];
  if (change === undefined) throw new Error('ERR Error in ACL SETUSER modifier: Syntax error');
  change(user, argument);
}

/** All of the arguments of ACL SETUSER, or none of them. */
export function changed(user: FakeUser | undefined, rules: readonly string[]): FakeUser {
  const copy = structuredClone(user ?? freshUser());
  for (const rule of rules) apply(copy, rule);
  return copy;
}

/** Whether the rules of commands, read in order, let a command pass; categories but `@all` are unknown here. */
export function may(user: FakeUser, [name = '', part = '']: readonly string[]): boolean {
  const [whole, sub] = [name.toLowerCase(), `${name}|${part}`.toLowerCase()];
  const hit = user.commands.findLast((rule) => ['@all', whole, sub].includes(rule.slice(1).toLowerCase()));
  return hit?.startsWith('+') ?? false;
}

const rightsReply = ({ keys, channels, commands }: Rights) => [
  'commands',
  commands.join(' '),
  'keys',
  keys.join(' '),
  'channels',
  channels.join(' '),
];

/** As ACL GETUSER gives it. */
export const userReply = (user: FakeUser) => [
  'flags',
  [user.on ? 'on' : 'off', ...(user.open ? ['nopass'] : [])],
  'passwords',
  user.passwords,
  ...rightsReply(user),
  'selectors',
  user.selectors.map(rightsReply),
];
