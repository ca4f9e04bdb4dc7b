import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { type Api, type Asked, type Reply, type Store, sha256 } from './token-server.ts';

const named = z.object({ name: z.string() });
const registered = z.object({ name: z.string(), hash: z.string() });

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Six digits of base 62, written down here once more so that a mistake in the product shows. */
function sumOf(text: string): string {
  let rest = BigInt(crc32(text));
  const digits = Array.from({ length: 6 }, () => {
    const digit = DIGITS.charAt(Number(rest % 62n));
    rest /= 62n;
    return digit;
  });
  return digits.reverse().join('');
}

/**
 * An API of keys `kt_<id>_<secret>_<crc>` as many services have one. It leaves out scopes, expiry, pages and limits; two
 * keys may have one name.
 */
export const keysApi: Api = {
  usePath: '/v1/whoami',
  answer: (asked, store) => {
    const [, id] = /^\/v1\/keys(?:\/([^/]+))?$/.exec(asked.url) ?? [];
    const key = id === undefined ? undefined : store.tokens.get(decodeURIComponent(id));
    const route = ROUTES[`${asked.method} ${id === undefined ? 'all' : 'one'}`];
    return route?.(asked, store, decodeURIComponent(id ?? ''), key) ?? { status: 404, json: {} };
  },
};

const ROUTES: Readonly<
  Record<string, (asked: Asked, store: Store, id: string, key: ReturnType<Store['tokens']['get']>) => Reply>
> = {
  'GET all': (_asked, { tokens }) => ({ status: 200, json: { keys: [...tokens.values()].map(shown) } }),
  'GET one': (_asked, _store, _id, key) => (key === undefined ? { status: 404 } : { status: 200, json: shown(key) }),
  'POST all': ({ body }, { keep }) => {
    const { name } = named.parse(JSON.parse(body));
    const id = randomBytes(6).toString('hex');
    const start = `kt_${id}_${randomBytes(32).toString('hex')}`;
    const token = `${start}_${sumOf(start)}`;
    keep(name, id, sha256(token));
    return { status: 201, json: { id, token } };
  },
  'PUT one': ({ body }, { keep }, id, key) => {
    if (key !== undefined) return { status: 409, json: {} };
    const { name, hash } = registered.parse(JSON.parse(body));
    keep(name, id, hash);
    return { status: 201, json: {} };
  },
  'DELETE one': (_asked, { tokens }, id) => ({ status: tokens.delete(id) ? 204 : 404 }),
};

const shown = ({ id, name, lastUsedAt }: { id: string; name: string; lastUsedAt: number | null }) => ({
  id,
  name,
  lastUsedAt: lastUsedAt === null ? null : new Date(lastUsedAt).toISOString(),
});

/** The same API as a user would describe it. */
export const describedKeysApi = (origin: string, admin: string): Record<string, unknown> => ({
  use: 'http',
  url: `${origin}/v1`,
  admin: { secret: admin },
  headers: { Authorization: 'Bearer {admin.token}' },
  issue: { path: '/keys', body: { name: '{name}' }, id: '/id', token: '/token' },
  list: { path: '/keys', items: '/keys', id: '/id', name: '/name' },
  revoke: { path: '/keys/{id}' },
  lastUsed: { path: '/keys/{id}', at: '/lastUsedAt' },
  probe: { path: '/whoami', headers: { Authorization: 'Bearer {token}' } },
});

/** As one whose keys are made by Keyturn. */
export const describedRegistration = (origin: string, admin: string): Record<string, unknown> => {
  const { issue: _issue, ...rest } = describedKeysApi(origin, admin);
  return { ...rest, register: { method: 'PUT', path: '/keys/{id}', body: { name: '{name}', hash: '{hash}' } } };
};
