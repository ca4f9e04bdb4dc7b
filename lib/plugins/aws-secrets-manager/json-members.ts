/** One member of a JSON object, its value as it is written. */
export interface Member {
  readonly name: string;
  readonly text: string;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * The members of a JSON object, each as it stands: reading and writing them anew would change numbers that JavaScript
 * cannot hold and escapes that somebody chose.
 *
 * @param text - a JSON object, already found to be one
 */
export function membersOf(text: string): readonly Member[] {
  const members: Member[] = [];
  let depth = 0;
  let from = 0;
  let name: string | undefined;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const isTop = depth === 1;
    if (isTop && name === undefined && token.startsWith('"')) name = String(JSON.parse(token));
    else if (isTop && token === ':') from = index + 1;
    else if (isTop && name !== undefined && (token === ',' || token === '}')) {
      members.push({ name, text: text.slice(from, index).trim() });
      name = undefined;
    }
    depth += DEPTH[token] ?? 0;
  }
  return members;
}

const DEPTH: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 };

/** The object with some members set and some taken out; all others as they stood. */
export function withMembers(text: string, set: Readonly<Record<string, string>>, gone: readonly string[]): string {
  const kept = membersOf(text).filter(({ name }) => !Object.hasOwn(set, name) && !gone.includes(name));
  const own = Object.entries(set).map(([name, value]) => ({ name, text: JSON.stringify(value) }));
  return `{${[...kept, ...own].map((member) => `${JSON.stringify(member.name)}:${member.text}`).join(',')}}`;
}
