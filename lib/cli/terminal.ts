import type { Readable, Writable } from 'node:stream';

/** The process as a command sees it; a test gives its own. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` at ctrl-C or a request to end, once; the answer takes it back. */
  onInterrupt(listener: () => void): () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The second ctrl-C ends the process at once, as the listener is gone by then. */
export const processTerminal: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  onInterrupt: (listener) => {
    const remove = () => {
      for (const signal of SIGNALS) process.removeListener(signal, once);
    };
    const once = () => {
      remove();
      listener();
    };
    for (const signal of SIGNALS) process.on(signal, once);
    return remove;
  },
};
