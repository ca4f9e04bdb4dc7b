import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { errorCode, RotationError } from '../../core/errors.ts';
import type { Endpoint } from './target.ts';

export interface Handshake {
  readonly served: X509Certificate;
  /** The code of why the chain or the name does not hold; undefined when both do. */
  readonly untrusted: string | undefined;
}

export const shownEndpoint = ({ host, port }: Pick<Endpoint, 'host' | 'port'>): string =>
  isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;

/**
 * Shakes hands as a client that trusts `ca` and nobody else.
 *
 * @param ca - PEM
 * @throws Unavailable when there is no TLS server, or none that answers in time
 */
export async function shakeHands(endpoint: Endpoint, ca: string): Promise<Handshake> {
  const { host, port, serverName = host, timeoutSeconds } = endpoint;
  // An address is no name to ask for (RFC 6066, 3), and is compared all the same.
  const servername = isIP(serverName) === 0 ? serverName : '';
  const socket = connect({
    host,
    port,
    servername,
    ca,
    timeout: timeoutSeconds * 1000,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
  try {
    await secured(socket, shownEndpoint(endpoint));
    const served = socket.getPeerX509Certificate();
    if (served === undefined) throw unavailable(shownEndpoint(endpoint), 'NO_CERTIFICATE');
    return { served, untrusted: untrustedBecause(socket, served, serverName) };
  } finally {
    socket.destroy();
  }
}

function secured(socket: TLSSocket, subject: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('timeout', () => reject(unavailable(subject, 'ETIMEDOUT')));
    socket.once('close', () => reject(unavailable(subject, 'ECONNRESET')));
    // Stays, for what may come after the handshake.
    socket.on('error', (error) => reject(unavailable(subject, errorCode(error) ?? 'unknown')));
  });
}

const unavailable = (subject: string, code: string) => new RotationError('Unavailable', { subject, code });

function untrustedBecause(socket: TLSSocket, served: X509Certificate, name: string): string | undefined {
  if (!socket.authorized) return errorCode({ code: `${socket.authorizationError}` }) ?? 'unknown';
  const isNamed = isIP(name) === 0 ? served.checkHost(name) : served.checkIP(name);
  return isNamed === undefined ? 'ERR_TLS_CERT_ALTNAME_INVALID' : undefined;
}
