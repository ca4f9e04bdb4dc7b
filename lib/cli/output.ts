import { createInterface } from 'node:readline/promises';
import { type Paint, paintFor, wantsColor } from './paint.ts';
import type { Terminal } from './terminal.ts';

/** Where a command's words go. With `--json` stdout carries documents only, and people's text goes to stderr. */
export interface Output {
  readonly paint: Paint;
  readonly json: boolean;
  /** Whether somebody is there to be asked. */
  readonly interactive: boolean;
  /** Text for people. */
  say(text: string): void;
  /** Text for people that is no result: progress, hints. Always on stderr. */
  note(text: string): void;
  /** The result: as a document with `--json`, else as text. */
  answer(document: unknown, text: () => string): void;
  /** One line of a stream of documents; nothing without `--json`. */
  line(document: unknown): void;
  /** A question with yes or no; enter is no. */
  confirm(question: string): Promise<boolean>;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly color: boolean;
}

export function createOutput(terminal: Terminal, { json, color }: OutputOptions): Output {
  const { stdin, stdout, stderr } = terminal;
  const print = (stream: Terminal['stdout'], text: string) => void stream.write(`${text}\n`);
  return {
    paint: paintFor(wantsColor(color, terminal)),
    json,
    interactive: stdin.isTTY === true && stderr.isTTY === true && !json,
    say: (text) => print(json ? stderr : stdout, text),
    note: (text) => print(stderr, text),
    answer: (document, text) => print(stdout, json ? JSON.stringify(document, null, 2) : text()),
    line: (document) => {
      if (json) print(stdout, JSON.stringify(document));
    },
    confirm: async (question) => {
      const reader = createInterface({ input: stdin, output: stderr });
      try {
        return /^y(es)?$/i.test((await reader.question(`${question} [y/N] `)).trim());
      } finally {
        reader.close();
      }
    },
  };
}
