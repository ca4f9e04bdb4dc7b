import { createHash } from 'node:crypto';
import { startServer } from './http-server.ts';

/** A server that keeps one document: shown by GET, replaced by PUT under its ETag and with its token. */
export async function startJwksServer(token: string, document?: string) {
  const state = { document, refuses: 0, puts: 0, conditions: [] as (string | undefined)[] };
  const tag = () =>
    `"${createHash('sha256')
      .update(state.document ?? '')
      .digest('hex')
      .slice(0, 16)}"`;
  const server = await startServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method !== 'PUT') {
      if (state.document === undefined) return reply.writeHead(404).end();
      return reply.writeHead(200, { ETag: tag(), 'Content-Type': 'application/jwk-set+json' }).end(state.document);
    }
    if (request.headers.authorization !== `Bearer ${token}`) return reply.writeHead(403).end('the token is wrong');
    const match = request.headers['if-match'];
    state.conditions.push(match ?? request.headers['if-none-match']);
    if (state.refuses-- > 0 || (match !== undefined && match !== tag())) return reply.writeHead(412).end();
    state.puts += 1;
    state.document = Buffer.concat(chunks).toString('utf8');
    return reply.writeHead(204).end();
  });
  return { ...server, url: `${server.origin}/jwks.json`, state };
}
