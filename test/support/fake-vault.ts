import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { FakeKv } from './fake-kv.ts';
import { startServer, type TestServer } from './http-server.ts';

export interface FakeReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface FakeRequest {
  readonly method: string;
  /** Below `/v1/`, decoded, without a query. */
  readonly path: string;
  readonly token: string | undefined;
  readonly namespace: string | undefined;
  readonly json: unknown;
}

export interface FakeVault extends TestServer {
  readonly requests: readonly FakeRequest[];
  /** Tokens that are good at this moment. */
  readonly tokens: Set<string>;
  /** Seconds that a login's token lives; the fake tells it and does not enforce it. */
  leaseSeconds: number;
  sealed: boolean;
  /** Says what to answer in place of the fake; undefined leaves it to the fake. */
  intercept: (request: FakeRequest) => FakeReply | undefined;
  /** A further engine, asked before the fake's own; undefined for what is not its own. */
  engine: (request: FakeRequest) => Promise<FakeReply | undefined>;
  /** Whether the connection ends between the effect of a request and its reply. */
  losesReply: (request: FakeRequest) => boolean;
}

export const FAKE_MOUNT = 'production';
export const ROLE_ID = 'role-id-of-the-test';
export const SECRET_ID = 'secret-id-of-the-test';

const body = z.looseObject({ role_id: z.string(), secret_id: z.string(), paths: z.array(z.string()) }).partial();
const kvBody = z.object({
  options: z.object({ cas: z.number().optional() }).optional(),
  data: z.custom<Record<string, unknown>>().optional(),
  custom_metadata: z.custom<Record<string, unknown>>().optional(),
});

/**
 * A Vault server in this process: one KV engine, AppRole login, tokens that are looked up, renewed and revoked, health and
 * seal. It leaves out policies (a good token may do everything), the end of tokens, namespaces beyond recording them,
 * other engines and login methods, replication and audit. The suite on real servers has them.
 */
export async function startFakeVault(): Promise<FakeVault> {
  const kv = new FakeKv();
  const requests: FakeRequest[] = [];
  const tokens = new Set<string>();
  const server = await startServer(async (message, reply) => {
    const request = await read(message);
    requests.push(request);
    const {
      status,
      headers,
      body: answer,
    } = fake.intercept(request) ?? (await fake.engine(request)) ?? serve(fake, kv, request, message.url ?? '');
    if (fake.losesReply(request)) message.socket.destroy();
    else reply.writeHead(status, headers).end(answer === undefined ? '' : JSON.stringify(answer));
  });
  const fake: FakeVault = {
    ...server,
    requests,
    tokens,
    leaseSeconds: 900,
    sealed: false,
    intercept: () => undefined,
    engine: async () => undefined,
    losesReply: () => false,
  };
  return fake;
}

async function read(message: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  const { pathname } = new URL(message.url ?? '', 'http://fake');
  return {
    method: message.method ?? '',
    path: pathname.slice('/v1/'.length).split('/').map(decodeURIComponent).join('/'),
    token: message.headers['x-vault-token']?.toString(),
    namespace: message.headers['x-vault-namespace']?.toString(),
    json: text === '' ? {} : JSON.parse(text),
  };
}

function serve(fake: FakeVault, kv: FakeKv, request: FakeRequest, url: string): FakeReply {
  const { method, path, token = '', json } = request;
  if (path === 'sys/health') return { status: fake.sealed ? 503 : 200, body: {} };
  if (fake.sealed) return { status: 503, body: { errors: ['Vault is sealed'] } };
  const given = body.parse(json);
  if (path === 'auth/approle/login') return logIn(fake, given);
  if (!fake.tokens.has(token)) return { status: 403, body: { errors: ['permission denied'] } };
  const own = SELF[path];
  if (own !== undefined) return own(fake, token, given);
  if (!path.startsWith(`${FAKE_MOUNT}/`)) return { status: 404, body: { errors: ['no handler for route'] } };
  const below = path.slice(FAKE_MOUNT.length + 1);
  return kv.handle({ method, path: below, isList: url.includes('?list=1'), json: kvBody.parse(json) });
}

type Given = z.output<typeof body>;

function logIn(fake: FakeVault, { role_id, secret_id }: Given): FakeReply {
  if (role_id !== ROLE_ID || secret_id !== SECRET_ID) {
    return { status: 400, body: { errors: ['invalid role or secret ID'] } };
  }
  const token = `hvs.token-${fake.requests.length}`;
  fake.tokens.add(token);
  return granted(token, fake.leaseSeconds);
}

const granted = (client_token: string, lease_duration: number): FakeReply => ({
  status: 200,
  body: { auth: { client_token, lease_duration, renewable: true } },
});

const SELF: Readonly<Record<string, (fake: FakeVault, token: string, given: Given) => FakeReply>> = {
  'auth/token/revoke-self': ({ tokens }, token) => {
    tokens.delete(token);
    return { status: 204 };
  },
  'auth/token/renew-self': ({ leaseSeconds }, token) => granted(token, leaseSeconds),
  'auth/token/lookup-self': ({ leaseSeconds }) => ({
    status: 200,
    body: { data: { ttl: leaseSeconds, creation_ttl: leaseSeconds, renewable: true } },
  }),
  [`sys/internal/ui/mounts/${FAKE_MOUNT}`]: () => ({
    status: 200,
    body: { data: { type: 'kv', options: { version: '2' } } },
  }),
  'sys/capabilities-self': (_fake, _token, { paths = [] }) => ({
    status: 200,
    body: { data: Object.fromEntries(paths.map((path) => [path, ['root']])) },
  }),
};
