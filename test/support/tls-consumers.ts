import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { Credential } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { handMade } from './hand-made.ts';

interface TlsConsumer {
  readonly credential: Credential;
  /** Of a server that serves it as long as the process lives. */
  readonly port: number;
}

/** A server with a certificate of its own, which nothing but its own bundle trusts. */
export async function tlsConsumer(version: string): Promise<TlsConsumer> {
  const directory = mkdtempSync(join(tmpdir(), 'keyturn-tls-'));
  const fields = handMade(directory);
  rmSync(directory, { recursive: true });
  const { port } = await serveTls(fields.chain, fields.private_key);
  return { port, credential: { version, value: Secret.of(fields) } };
}

/** Serves a chain, PEM, as long as the process lives. */
export async function serveTls(cert: string, key: string): Promise<{ readonly port: number }> {
  const server = createServer({ key, cert }, (socket) => socket.end());
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port };
}
