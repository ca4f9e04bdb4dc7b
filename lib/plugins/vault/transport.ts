import { z } from 'zod';
import { isRotationError, RotationError } from '../../core/errors.ts';
import type { FetchResponse } from '../../core/fetch.ts';
import type { Clock, PluginDeps } from '../../core/ports.ts';
import type { LoginFiles } from './files.ts';
import { refusal } from './refusal.ts';
import { serverState } from './server-state.ts';
import type { VaultConnection } from './settings.ts';

/** One server as a configuration names it, and the ways to it. */
export interface Wire {
  /** Scheme, host and port. */
  readonly address: string;
  readonly namespace: string | undefined;
  /** Of the engine that is used, where one is. */
  readonly mount: string | undefined;
  /** What is asked of that engine: the first segments of its paths. */
  readonly parts: readonly string[];
  readonly timeoutMs: number;
  /** Certificates that are trusted, PEM; undefined for the system's. */
  ca(): string | undefined;
  readonly fetch: PluginDeps['fetch'];
  readonly clock: Clock;
}

/** Of a KV engine. */
const KV_PARTS = ['data', 'metadata'];

export const wireOf = (
  settings: VaultConnection & { readonly mount?: string; readonly parts?: readonly string[] },
  files: LoginFiles,
  { fetch, clock }: Pick<PluginDeps, 'fetch' | 'clock'>,
): Wire => ({
  address: new URL(settings.address).origin,
  namespace: settings.namespace,
  mount: settings.mount,
  parts: settings.parts ?? KV_PARTS,
  timeoutMs: settings.timeoutSeconds * 1000,
  ca: () => (settings.caFile === undefined ? undefined : files.open(settings.caFile)),
  fetch,
  clock,
});

const vaultCall = z.object({
  method: z.enum(['GET', 'POST', 'PATCH', 'DELETE']),
  /** Encoded, with `/` before it. */
  path: z.string(),
  json: z.unknown().optional(),
  /** What the token needs for it, in the server's word. */
  capability: z.string(),
});
export type WireCall = z.output<typeof vaultCall>;

/** A reply that a caller looks into: done, refused as wrong (400) or not there (404). All others are errors already. */
export const vaultReply = z.object({ status: z.number(), body: z.unknown() });
export type VaultReply = z.output<typeof vaultReply>;

const ANSWERS: ReadonlySet<number> = new Set([200, 204, 400, 404]);

/** Beside its own mount nothing else is ever asked, whatever a path in the configuration holds. */
const ALLOWED: readonly RegExp[] = [
  /^\/auth\/[\w./-]+\/login$/,
  /^\/auth\/token\/(lookup|renew|revoke)-self$/,
  /^\/sys\/capabilities-self$/,
  /^\/sys\/internal\/ui\/mounts\/[\w./-]+$/,
  /^\/sys\/policies\/acl\/[\w-]+$/,
  /^\/auth\/[\w./-]+\/role\/[\w-]+$/,
  /^\/auth\/[\w./-]+\/role\/[\w.-]+\/(role-id|secret-id|secret-id\/lookup|secret-id-accessor\/(lookup|destroy))$/,
  /^\/[\w./-]+\/(static-creds|rotate-role|roles)\/[\w.-]+$/,
];

/** Milliseconds between tries of what certainly had no effect. */
const PAUSES: readonly number[] = [200, 1000];

/**
 * What node-vault calls in place of its own HTTP client. Address, namespace and token are ours alone: what node-vault
 * takes from the environment never leaves. It answers 200 with the reply inside, so that node-vault makes no error, which
 * would carry payloads and the server's own words.
 */
export const transport = (wire: Wire, token: string | undefined) => ({
  defaults: () => async (options: unknown) => {
    const call = vaultCall.parse(options);
    return { statusCode: 200, body: await persist(wire, call, token), request: { path: call.path } };
  },
});

async function persist(wire: Wire, call: WireCall, token: string | undefined): Promise<VaultReply> {
  for (const pause of PAUSES) {
    try {
      return await exchange(wire, call, token);
    } catch (error) {
      if (!isRotationError(error, 'Unavailable', 'Throttled')) throw error;
      await wire.clock.sleep(pause);
    }
  }
  return exchange(wire, call, token);
}

async function exchange(wire: Wire, call: WireCall, token: string | undefined): Promise<VaultReply> {
  const reply = await send(wire, call, token);
  if (ANSWERS.has(reply.status)) return { status: reply.status, body: parsed(await reply.text()) };
  throw refusal(call, reply.status, reply.status === 403 ? undefined : await serverState(wire));
}

/** @throws ConfigInvalid for a redirect, which is not followed; a standby's is Unavailable, as it may be active in a moment */
async function send(wire: Wire, call: WireCall, token: string | undefined): Promise<FetchResponse> {
  const { namespace, timeoutMs } = wire;
  const ca = wire.ca();
  const headers = {
    'X-Vault-Request': 'true',
    ...(token !== undefined && { 'X-Vault-Token': token }),
    ...(namespace !== undefined && { 'X-Vault-Namespace': namespace }),
    ...(call.json !== undefined && { 'Content-Type': TYPES[call.method] ?? 'application/json' }),
  };
  const body = call.json === undefined ? {} : { body: JSON.stringify(call.json) };
  const init = { method: call.method, headers, timeoutMs, ...body, ...(ca !== undefined && { ca }) };
  try {
    return await wire.fetch(urlOf(wire, call.path), init);
  } catch (error) {
    throw await failure(wire, call, error);
  }
}

async function failure(wire: Wire, { path }: WireCall, error: unknown): Promise<unknown> {
  if (isRotationError(error, 'OutcomeUnknown') && QUESTION.test(path) && !CREDENTIALS.test(path)) {
    return new RotationError('Unavailable', { subject: error.subject, ...(error.code && { code: error.code }) });
  }
  const state = isRotationError(error, 'ConfigInvalid') ? await serverState(wire) : undefined;
  if (state === undefined) return error;
  return new RotationError('Unavailable', { subject: wire.address, detail: `the server is ${state} and redirects` });
}

/** Written like a change, but none of a value: a login, a token's own affairs, what it may do. */
const QUESTION = /^\/(auth|sys)\//;

/** What makes and ends credentials of others. */
const CREDENTIALS = /\/(secret-id|secret-id-accessor\/destroy)$/;

const TYPES: Partial<Record<WireCall['method'], string>> = { PATCH: 'application/merge-patch+json' };

function urlOf({ address, mount, parts }: Wire, path: string): string {
  const url = new URL(`${address}/v1${path}`);
  const place = url.pathname.slice('/v1'.length);
  const inMount = mount !== undefined && parts.some((part) => `${place}/`.startsWith(`/${mount}/${part}/`));
  const isWhole = url.pathname + url.search === `/v1${path}`;
  if (isWhole && (inMount || ALLOWED.some((allowed) => allowed.test(place)))) return url.href;
  throw new RotationError('ConfigInvalid', { subject: `path ${path}`, detail: 'Keyturn does not ask for such a path' });
}

/** Undefined for what is no JSON: its schema will say what is missing. */
function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
