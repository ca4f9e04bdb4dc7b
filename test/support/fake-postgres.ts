import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** What an ErrorResponse says beside its message. */
export interface Complaint {
  readonly code: string;
  readonly routine?: string;
  readonly message?: string;
}

/** A FATAL ErrorResponse of the PostgreSQL protocol. */
export function errorResponse({ code, routine = 'x', message = 'no' }: Complaint): Buffer {
  const fields = [`SFATAL`, `VFATAL`, `C${code}`, `M${message}`, `R${routine}`].map((field) => `${field}\0`).join('');
  const body = Buffer.from(`${fields}\0`, 'utf8');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Something that listens where a server should be, and treats each connection as told. */
export async function fakePostgres(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('loopback gave no port');
  return {
    port: address.port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
