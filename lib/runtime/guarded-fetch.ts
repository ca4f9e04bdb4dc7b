import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { type ErrorName, errorCode, isRotationError, RotationError } from '../core/errors.ts';
import type { FetchInit, FetchResponse } from '../core/fetch.ts';
import type { PluginDeps } from '../core/ports.ts';
import { refusedBecause } from './address-guard.ts';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 1024 * 1024;

export interface GuardedFetchOptions {
  /** `host:port` of targets that are meant although they lie on this machine or at a link-local address. */
  readonly allow?: readonly string[];
  readonly lookup?: LookupFunction;
}

/**
 * The only way to HTTP for plugins. It follows no redirect, ends after its timeout, reads at most 1 MiB, and connects to
 * the very address that it checked: a name that resolves to this machine or to cloud metadata is refused unless it is
 * listed. TLS is checked against the name in the URL.
 *
 * Its errors name host and port and no more of the URL, which may be a secret: `Unavailable`, `AccessDenied` for a refused
 * address, `OutcomeUnknown` when a request that may change something got no reply, `ConfigInvalid` for URL and redirect.
 */
export function guardedFetch(options: GuardedFetchOptions = {}): PluginDeps['fetch'] {
  return async (text, init = {}) => {
    const url = parseUrl(text);
    const lookup = guardedLookup(url, options);
    const agent = new Agent({ connect: { lookup, ...tlsOf(init) } });
    try {
      return await send(agent, url, init);
    } catch (error) {
      throw describe(error, url, init.method);
    } finally {
      await agent.destroy();
    }
  };
}

const tlsOf = ({ ca, cert, key, servername }: FetchInit): Pick<FetchInit, 'ca' | 'cert' | 'key' | 'servername'> => ({
  ...(ca !== undefined && { ca }),
  ...(cert !== undefined && { cert }),
  ...(key !== undefined && { key }),
  ...(servername !== undefined && { servername }),
});

async function send(agent: Agent, url: URL, { method = 'GET', headers, body, timeoutMs = TIMEOUT_MS }: FetchInit) {
  const reply = await request(url, {
    dispatcher: agent,
    method,
    headers: { ...headers },
    body: body ?? null,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const status = reply.statusCode;
  if (status >= 300 && status < 400)
    throw refusal('ConfigInvalid', url, `it redirects (${status}): name the final URL`);
  return response(status, reply.headers, await readBody(reply.body, url));
}

function response(status: number, headers: NodeJS.Dict<string | string[]>, body: string): FetchResponse {
  return {
    status,
    header: (name) => {
      const value = headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    text: async () => body,
  };
}

async function readBody(body: AsyncIterable<Buffer>, url: URL): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BYTES) throw refusal('InputInvalid', url, 'its reply is longer than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new RotationError('ConfigInvalid', { subject: 'a URL', detail: 'expected http:// or https:// and a host' });
  }
  if (url.username || url.password) throw refusal('ConfigInvalid', url, 'a URL may not carry a login');
  return url;
}

const portOf = (url: URL) => url.port || (url.protocol === 'https:' ? '443' : '80');
const hostOf = (url: URL) => url.hostname.replace(/^\[|\]$/g, '');

/** Resolves once, checks every address, and hands only checked ones to the socket. An address needs no resolving: it is checked here. */
function guardedLookup(url: URL, { allow = [], lookup = dnsLookup }: GuardedFetchOptions): LookupFunction {
  const host = hostOf(url);
  const listed = allow.includes(`${url.hostname}:${portOf(url)}`);
  const refused = (addresses: readonly string[]) => {
    const why = listed ? undefined : addresses.map((address) => refusedBecause(host, address)).find(Boolean);
    return why && refusal('AccessDenied', url, `${host} ${why}; if it is meant, list it under network.allow`);
  };
  const literal = isIP(host) ? refused([host]) : undefined;
  if (literal) throw literal;
  return (name, options, callback) => {
    lookup(name, options, (error, found, family) => {
      const addresses = Array.isArray(found) ? found.map((entry) => entry.address) : [found];
      const cause = error ? undefined : refused(addresses);
      callback(cause ? new Error('refused', { cause }) : error, found, family);
    });
  };
}

function refusal(name: ErrorName, url: URL, detail: string): RotationError {
  return new RotationError(name, { subject: `${hostOf(url)}:${portOf(url)}`, detail });
}

/** Codes of failures before the request has left. */
const NOT_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|E(HOST|NET)UNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|ERR_TLS_\w+|\w+_CERT\w*|UNABLE_\w+)$/;

function describe(error: unknown, url: URL, method = 'GET'): RotationError {
  if (isRotationError(error)) return error;
  if (error instanceof Error && isRotationError(error.cause)) return error.cause;
  const code = errorCode(error) ?? (error instanceof DOMException ? error.name : 'unknown');
  const harmless = method === 'GET' || method === 'HEAD' || NOT_SENT.test(code);
  const subject = `${hostOf(url)}:${portOf(url)}`;
  return new RotationError(harmless ? 'Unavailable' : 'OutcomeUnknown', { subject, code });
}
