import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { startServer, type TestServer } from './http-server.ts';

/** What a server of tokens keeps of one. */
export interface KeptToken {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  lastUsedAt: number | null;
}

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly bearer: string;
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What befalls the next call of an admin: before or after it had its effect. */
export type Trouble = (asked: Asked, answer: () => Reply) => Reply | 'cut';

/** Tokens behind an API: the published part differs per server, what it keeps and how it fails is here. */
export interface TokenServer extends TestServer {
  readonly tokens: Map<string, KeptToken>;
  readonly asked: readonly Asked[];
  readonly admin: string;
  /** Takes the place of the next answers to an admin, in turn. */
  readonly troubles: Trouble[];
  /** The answers to uses of a token, and to whose. */
  readonly uses: { readonly id: string | undefined; readonly accepted: boolean }[];
}

export interface Api {
  /** Where a token is used. */
  readonly usePath: string;
  /** An admin's call that was let in. */
  answer(asked: Asked, store: Store): Reply;
}

export interface Store {
  readonly tokens: Map<string, KeptToken>;
  keep(name: string, id: string, hash: string): void;
  now(): number;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export async function startTokenServer(api: Api, now: () => number): Promise<TokenServer> {
  const tokens = new Map<string, KeptToken>();
  const asked: Asked[] = [];
  const troubles: Trouble[] = [];
  const uses: TokenServer['uses'] = [];
  const admin = `admin-${randomBytes(12).toString('hex')}`;
  const keep: Store['keep'] = (name, id, hash) => void tokens.set(id, { id, name, hash, lastUsedAt: null });

  const use = ({ bearer }: Asked): Reply => {
    const found = [...tokens.values()].find(({ hash }) => hash === sha256(bearer));
    uses.push({ id: found?.id, accepted: found !== undefined });
    if (found === undefined) return { status: 401, json: { message: 'Unauthorized' } };
    found.lastUsedAt = now();
    return { status: 200, json: { id: found.id } };
  };
  const administer = (call: Asked): Reply =>
    call.bearer === admin
      ? api.answer(call, { tokens, keep, now })
      : { status: 401, json: { message: 'Unauthorized' } };

  const server = await startServer(async (request, response) => {
    const call = await readCall(request);
    asked.push(call);
    const isUse = call.url === api.usePath;
    const trouble = isUse ? undefined : troubles.shift();
    const reply = isUse ? use(call) : (trouble?.(call, () => administer(call)) ?? administer(call));
    if (reply === 'cut') return void request.socket.destroy();
    const type = reply.json === undefined ? {} : { 'Content-Type': 'application/json' };
    response.writeHead(reply.status, { ...type, ...reply.headers });
    response.end(reply.json === undefined ? reply.text : JSON.stringify(reply.json));
  });
  return { ...server, tokens, asked, troubles, uses, admin };
}

async function readCall(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const { method = '', url = '', headers } = request;
  const [, bearer = ''] = /^Bearer (.*)$/.exec(headers.authorization ?? '') ?? [];
  return { method, url, bearer, body: Buffer.concat(chunks).toString('utf8') };
}
