import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { type Api, sha256 } from './token-server.ts';

const TOKENS = /^\/api\/serviceaccounts\/2\/tokens(?:\/(\d+))?$/;
const asked = z.object({ name: z.string().min(1), secondsToLive: z.int().nonnegative().optional() });

let counted = 0;

/**
 * The tokens of service account 2 as Grafana's HTTP API publishes them: names are unique, ids are numbers, a list is bare.
 * It leaves out organisations, permissions, other service accounts and the end of a token's life, and writes each use
 * down at once.
 */
export const grafanaApi: Api = {
  usePath: '/api/org',
  answer: ({ method, url, body }, { tokens, keep }) => {
    const [path, id] = TOKENS.exec(url) ?? [];
    if (path === undefined) return { status: 404, json: { message: 'Failed to retrieve service account' } };
    if (method === 'GET' && id === undefined) return { status: 200, json: [...tokens.values()].map(shown) };
    if (method === 'DELETE' && id !== undefined)
      return tokens.delete(id)
        ? { status: 200, json: { message: 'Service account token deleted' } }
        : { status: 404, json: { message: 'service account token not found' } };
    if (method !== 'POST' || id !== undefined) return { status: 404, json: { message: 'Not found' } };
    const { name } = asked.parse(JSON.parse(body));
    if ([...tokens.values()].some((token) => token.name === name))
      return { status: 400, json: { message: 'service account token with given name already exists' } };
    counted += 1;
    const key = `glsa_${randomBytes(24).toString('base64url')}_${randomBytes(4).toString('hex')}`;
    keep(name, String(counted), sha256(key));
    return { status: 200, json: { id: counted, name, key } };
  },
};

/** `lastUsedAt` is left out of a token that was never used. */
const shown = ({ id, name, lastUsedAt }: { id: string; name: string; lastUsedAt: number | null }) => ({
  id: Number(id),
  name,
  created: '2026-01-01T00:00:00Z',
  hasExpired: false,
  ...(lastUsedAt !== null && { lastUsedAt: new Date(lastUsedAt).toISOString() }),
});
