/** The calls of node:fs that replacing a file needs; whoever owns the file passes the module. */
export interface AtomicFileSystem {
  openSync(path: string, flags: string, mode?: number): number;
  writeFileSync(descriptor: number, data: string): void;
  fsyncSync(descriptor: number): void;
  closeSync(descriptor: number): void;
  renameSync(from: string, to: string): void;
  rmSync(path: string, options: { force: boolean }): void;
}

export interface Replacement {
  readonly file: string;
  readonly directory: string;
  /** A name in the same directory that no other writer uses at this moment; a leftover of it is overwritten. */
  readonly temporary: string;
  readonly data: string;
}

/**
 * Replaces a file (mode 0600) so that after a crash, a full disk or `kill -9` it holds the old content or the new one,
 * whole; durable when it returns. What node:fs throws passes through.
 */
export function replaceAtomically(fs: AtomicFileSystem, { file, directory, temporary, data }: Replacement): void {
  try {
    onDescriptor(fs, fs.openSync(temporary, 'w', 0o600), (descriptor) => {
      fs.writeFileSync(descriptor, data);
      fs.fsyncSync(descriptor);
    });
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  onDescriptor(fs, fs.openSync(directory, 'r'), fs.fsyncSync);
}

function onDescriptor(fs: AtomicFileSystem, descriptor: number, use: (descriptor: number) => void): void {
  try {
    use(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
