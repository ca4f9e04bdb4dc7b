import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { main } from '../../lib/cli/main.ts';
import type { Terminal } from '../../lib/cli/terminal.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The document of `--json`. */
  json(): Record<string, unknown>;
}

export interface Given {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Presses ctrl-C when stderr has said this. */
  readonly interruptAt?: string;
}

class Collected extends Writable {
  text = '';
  heard: (text: string) => void = () => undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.heard(this.text);
    done();
  }
}

/** Runs one command line in this process, on the keyturn.yaml and the data directory of a folder. */
export async function cli(folder: string, args: readonly string[], given: Given = {}): Promise<Said> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const terminal: Terminal = {
    stdin: Readable.from([given.stdin ?? '']),
    stdout,
    stderr,
    env: given.env ?? {},
    onInterrupt: (press) => {
      const { interruptAt } = given;
      stderr.heard = (text) => {
        if (interruptAt === undefined || !text.includes(interruptAt)) return;
        stderr.heard = () => undefined;
        press();
      };
      return () => {
        stderr.heard = () => undefined;
      };
    },
  };
  const code = await main(
    [...args, '--config', join(folder, 'keyturn.yaml'), '--data', join(folder, 'data')],
    terminal,
  );
  return { code, stdout: stdout.text, stderr: stderr.text, json: () => JSON.parse(stdout.text) };
}
