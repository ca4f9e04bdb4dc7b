/** Who reads an env file: `dotenv` (its ports and `node --env-file`), `shell` (POSIX `sh` sourcing it), or both. */
export const READERS = ['both', 'dotenv', 'shell'] as const;
export type Reader = (typeof READERS)[number];

interface Quoting {
  readonly readers: readonly Reader[];
  readonly carries: RegExp;
  quote(value: string): string;
}

/**
 * The ways to write a value, the first that carries it wins. In single quotes both readers take everything literally, but
 * dotenv turns CR into LF, and takes a backslash before the closing quote for an escape.
 */
const QUOTINGS: readonly Quoting[] = [
  { readers: ['both', 'dotenv', 'shell'], carries: /^[A-Za-z0-9_@%+=:,./-]*$/, quote: (value) => value },
  { readers: ['both', 'dotenv', 'shell'], carries: /^[^'\r\0]*[^'\r\0\\]$/, quote: (value) => `'${value}'` },
  { readers: ['both', 'dotenv', 'shell'], carries: /^[^"$`\\\r\0]*$/, quote: (value) => `"${value}"` },
  { readers: ['dotenv'], carries: /^[^`\r\0]*[^`\r\0\\]$/, quote: (value) => `\`${value}\`` },
  { readers: ['shell'], carries: /^[^\0]*$/, quote: (value) => `'${value.replaceAll("'", `'\\''`)}'` },
];

/** `NAME=value` as `reader` will read it back, or undefined where no quoting carries the value. */
export function envLine(name: string, value: string, reader: Reader): string | undefined {
  const quoting = QUOTINGS.find(({ readers, carries }) => readers.includes(reader) && carries.test(value));
  return quoting && `${name}=${quoting.quote(value)}`;
}

/** One assignment: what stands before its name, the name, its value over as many lines as its quotes span, a comment. */
const ASSIGNMENT =
  /^([ \t]*(?:export[ \t]+)?)([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*((?:'[^']*'|"(?:\\[\s\S]|[^"\\])*"|`[^`]*`|\\')*[^\r\n]*?)([ \t]+#[^\r\n]*)?$/gm;

/**
 * Sets lines in an env file's text: an assignment of that name is replaced where it stands, a new one is appended, all
 * else stays as it is, byte for byte. Texts are latin1, one character a byte, so that foreign bytes survive.
 */
export function setEnvLines(text: string, lines: ReadonlyMap<string, string>): string {
  const missing = new Map(lines);
  const replaced = text.replace(ASSIGNMENT, (entry, prefix: string, name: string, _value, comment = '') => {
    const line = lines.get(name);
    missing.delete(name);
    return line === undefined ? entry : `${prefix}${line}${comment}`;
  });
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const start = replaced === '' || replaced.endsWith('\n') ? replaced : replaced + eol;
  return start + [...missing.values()].map((line) => line + eol).join('');
}

/** The value of an unquoted assignment, the last one where there are several. */
export function plainEnvValue(text: string, name: string): string | undefined {
  return [...text.matchAll(ASSIGNMENT)].findLast((match) => match[2] === name)?.[3];
}
