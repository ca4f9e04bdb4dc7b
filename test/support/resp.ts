export type Reply = string | number | null | Error | readonly Reply[];

/** Collects the bytes of a connection and hands on each command that is whole. */
export function requestReader(onCommand: (command: readonly string[]) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let found = readCommand(pending); found !== undefined; found = readCommand(pending)) {
      pending = pending.subarray(found.end);
      onCommand(found.command);
    }
  };
}

/** `*2\r\n$4\r\nAUTH\r\n...`: a command is an array of strings. */
function readCommand(bytes: Buffer): { command: readonly string[]; end: number } | undefined {
  const header = readLine(bytes, 0);
  if (header === undefined) return undefined;
  const command: string[] = [];
  let at = header.end;
  for (let left = Number(header.text.slice(1)); left > 0; left -= 1) {
    const size = readLine(bytes, at);
    if (size === undefined) return undefined;
    const end = size.end + Number(size.text.slice(1));
    if (bytes.length < end + 2) return undefined;
    command.push(bytes.toString('utf8', size.end, end));
    at = end + 2;
  }
  return { command, end: at };
}

function readLine(bytes: Buffer, from: number): { text: string; end: number } | undefined {
  const end = bytes.indexOf('\r\n', from);
  return end < 0 ? undefined : { text: bytes.toString('latin1', from, end), end: end + 2 };
}

export function writeReply(reply: Reply): string {
  if (reply === null) return '$-1\r\n';
  if (reply === 'OK') return '+OK\r\n';
  if (reply instanceof Error) return `-${reply.message}\r\n`;
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(writeReply).join('')}`;
}
