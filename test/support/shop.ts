import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { startServer } from './http-server.ts';

/** A TLS server that serves what is in its file, and reads it again when it is asked to. */
export interface Shop {
  readonly port: number;
  readonly reloadUrl: string;
  /** From now on it says yes to a reload, and serves what it has. */
  stubborn: boolean;
  close(): Promise<void>;
}

/** @param file - private key and chain, PEM */
export async function openShop(file: string): Promise<Shop> {
  const read = () => {
    const pem = readFileSync(file, 'utf8');
    return { key: pem, cert: pem };
  };
  const server = createServer(read(), (socket) => socket.end('welcome')).listen(0, '127.0.0.1');
  // A client that hangs up in the middle of its handshake counts it as failed itself.
  server.on('tlsClientError', () => undefined);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const door = await startServer((_request, reply) => {
    if (!shop.stubborn) server.setSecureContext(read());
    reply.end();
  });
  const shop: Shop = {
    port,
    reloadUrl: `${door.origin}/reload`,
    stubborn: false,
    close: async () => {
      server.close();
      await Promise.all([door.close(), once(server, 'close')]);
    },
  };
  return shop;
}

/** One handshake of a client that trusts `ca`, PEM. @returns the code of why it failed */
export function handshake(port: number, ca: string, serverName = 'shop.internal'): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port, servername: serverName, ca });
  return new Promise((resolve) => {
    socket.once('secureConnect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

/** Clients that shake hands all the time, and say whom they trusted. */
export function openTraffic(port: number, caFile: string, onTrust: (ca: string) => void) {
  const failures: string[] = [];
  let [made, open] = [0, true];
  const client = async () => {
    while (open) {
      const ca = readFileSync(caFile, 'utf8');
      onTrust(ca);
      const failure = await handshake(port, ca);
      made += 1;
      if (failure !== undefined) failures.push(failure);
    }
  };
  const clients = [client(), client()];
  return {
    failures,
    made: () => made,
    close: async () => {
      open = false;
      await Promise.all(clients);
    },
  };
}

/** Reports the version in a file, as a consumer does that has read it. */
export const startReporter = (secretId: string, file: string) =>
  startServer((_request, reply) => {
    const version = existsSync(file) ? /version: (\w+)/.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
    reply.end(JSON.stringify({ versions: version === undefined ? {} : { [secretId]: version } }));
  });
