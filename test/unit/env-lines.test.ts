import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { envLine, plainEnvValue, type Reader, setEnvLines } from '../../lib/plugins/files/env-lines.ts';
import { useTempDir } from '../support/temp-dir.ts';

const dir = useTempDir();

const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...'ab\'"`$\\\n #=!~é{}') }),
  fc.constantFrom('', ' lead', 'trail ', 'a\nb', '$HOME', 'x#y', "it's", '\\', 'a\\', '`id`', '日本'),
);
const values = fc.array(value, { minLength: 50, maxLength: 50 });
const lines = new Map([['NEW', 'NEW=1']]);

function write(list: readonly string[], reader: Reader) {
  const written = list.flatMap((text, index) => {
    const line = envLine(`V${index}`, text, reader);
    return line === undefined ? [] : [{ name: `V${index}`, text, line }];
  });
  const file = setEnvLines('', new Map(written.map(({ name, line }) => [name, line])));
  return { written, file };
}

function readByShell(file: string, names: readonly string[]): string[] {
  const path = join(dir(), '.env');
  writeFileSync(path, file);
  const print = names.map((name) => `printf '%s\\0' "$${name}"`).join('\n');
  return execFileSync('sh', ['-c', `. "${path}"\n${print}`], { encoding: 'utf8', env: {} })
    .split('\0')
    .slice(0, -1);
}

describe('envLine', () => {
  it.each(['both', 'dotenv'] as const)('is read back by dotenv when the reader is %s', (reader) => {
    fc.assert(
      fc.property(values, (list) => {
        const { written, file } = write(list, reader);
        const read = parseEnv(file);
        expect(written.map(({ name }) => read[name])).toEqual(written.map(({ text }) => text));
      }),
    );
  });

  it.each(['both', 'shell'] as const)('is read back by sh when the reader is %s', (reader) => {
    fc.assert(
      fc.property(values, (list) => {
        const { written, file } = write(list, reader);
        const names = written.map(({ name }) => name);
        expect(readByShell(file, names)).toEqual(written.map(({ text }) => text));
      }),
      { numRuns: 30 },
    );
  });

  it('carries every value without NUL to a shell', () => {
    fc.assert(fc.property(value, (text) => (envLine('V', text, 'shell') === undefined) === text.includes('\0')));
  });

  it('refuses what the two readers would read differently', () => {
    expect(envLine('V', `it's $HOME`, 'both')).toBeUndefined();
    expect(envLine('V', 'a\rb', 'both')).toBeUndefined();
    expect(envLine('V', `it's $HOME`, 'dotenv')).toBe("V=`it's $HOME`");
  });

  it('writes a plain value without quotes, which docker --env-file would keep', () => {
    expect(envLine('V', 'postgresql://a:b%20@db:5432/x', 'both')).toBe('V=postgresql://a:b%20@db:5432/x');
  });
});

describe('setEnvLines', () => {
  it.each([
    ['an empty file', '', 'NEW=1\n'],
    ['a file without a last line break', 'A=1', 'A=1\nNEW=1\n'],
    ['Windows line breaks', 'A=1\r\nNEW=0\r\nB=2\r\n', 'A=1\r\nNEW=1\r\nB=2\r\n'],
    ['an exported line and its comment', 'export NEW=0 # why\nB=2\n', 'export NEW=1 # why\nB=2\n'],
    ['a quoted value over several lines', `NEW='a\nB=x\nc'\nB=2\n`, 'NEW=1\nB=2\n'],
    ['escaped quotes', `NEW="a\\"\nb" # c\nB=2\n`, 'NEW=1 # c\nB=2\n'],
    ['a shell quote within quotes', `NEW='it'\\''s\nx'\nB=2\n`, 'NEW=1\nB=2\n'],
    ['the name inside a foreign value', `A='x\nNEW=0\n'\n`, `A='x\nNEW=0\n'\nNEW=1\n`],
    ['the name in a comment', '# NEW=0 is old\n', '# NEW=0 is old\nNEW=1\n'],
    ['a longer name', 'NEW_ONE=0\nRENEW=0\n', 'NEW_ONE=0\nRENEW=0\nNEW=1\n'],
    ['an apostrophe in a foreign comment', "# don't\nNEW=0\n# can't\n", "# don't\nNEW=1\n# can't\n"],
    ['two lines of the name', 'NEW=0\nA=1\nNEW=2\n', 'NEW=1\nA=1\nNEW=1\n'],
  ])('handles %s', (_what, before, after) => {
    expect(setEnvLines(before, lines)).toBe(after);
    expect(setEnvLines(after, lines)).toBe(after);
  });

  it('keeps any foreign text, byte for byte', () => {
    const foreign = fc.string({ unit: fc.constantFrom(...'AB= \t\'"`#\\\r\n\xff\x00$') });
    fc.assert(
      fc.property(foreign, (text) => {
        const set = setEnvLines(text, lines);
        expect(set.startsWith(text)).toBe(true);
        expect(set.slice(text.length)).toMatch(/^(\r?\n)?NEW=1\r?\n$/);
      }),
    );
  });
});

describe('plainEnvValue', () => {
  it('gives the last assignment, as a reader would', () => {
    expect(plainEnvValue('V=1\nexport V=2 # c\nW=3\n', 'V')).toBe('2');
    expect(plainEnvValue('#V=1\n', 'V')).toBeUndefined();
  });
});
