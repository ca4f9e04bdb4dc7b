import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type FakeReply, type FakeVault, startFakeVault } from './fake-vault.ts';

interface SecretId {
  readonly secret: string;
  readonly metadata: unknown;
}

export interface FakeAppRole extends FakeVault {
  /** Secret ids of the role `orders`, by accessor. */
  readonly secretIds: Map<string, SecretId>;
}

export const FAKE_ROLE = 'orders';
const ROLE = `auth/approle/role/${FAKE_ROLE}`;
const ROLE_ID = 'role-id-of-orders';
const given = z
  .object({ role_id: z.string(), secret_id: z.string(), secret_id_accessor: z.string(), metadata: z.string() })
  .partial();

/** The fake server with one more AppRole. It leaves out the life, the uses and the places of a secret id. */
export async function startFakeAppRole(): Promise<FakeAppRole> {
  const vault = await startFakeVault();
  const secretIds = new Map<string, SecretId>();
  vault.intercept = (request) => {
    const json = given.parse(request.json);
    if (request.path === 'auth/approle/login') return json.role_id === ROLE_ID ? logIn(json.secret_id) : undefined;
    if (!request.path.startsWith(`${ROLE}/`) || !vault.tokens.has(request.token ?? '')) return undefined;
    return ROUTES[`${request.method} ${request.path.slice(ROLE.length + 1)}`]?.(json, secretIds);
  };
  const logIn = (secret: string | undefined): FakeReply => {
    if (![...secretIds.values()].some((known) => known.secret === secret))
      return { status: 400, body: { errors: ['invalid role or secret ID'] } };
    const client_token = `hvs.of-orders-${randomUUID()}`;
    vault.tokens.add(client_token);
    return { status: 200, body: { auth: { client_token, lease_duration: 900, renewable: true } } };
  };
  return Object.assign(vault, { secretIds });
}

type Route = (json: z.output<typeof given>, secretIds: FakeAppRole['secretIds']) => FakeReply;
const missing: FakeReply = { status: 404, body: { errors: ['failed to find accessor entry'] } };

const ROUTES: Readonly<Record<string, Route>> = {
  'GET role-id': () => ({ status: 200, body: { data: { role_id: ROLE_ID } } }),
  'GET secret-id': (_json, secretIds) =>
    secretIds.size === 0
      ? { status: 404, body: { errors: [] } }
      : { status: 200, body: { data: { keys: [...secretIds.keys()] } } },
  'POST secret-id': ({ metadata }, secretIds) => {
    const [accessor, secret] = [randomUUID(), randomUUID()];
    secretIds.set(accessor, { secret, metadata: JSON.parse(metadata ?? 'null') });
    return { status: 200, body: { data: { secret_id: secret, secret_id_accessor: accessor } } };
  },
  'POST secret-id/lookup': ({ secret_id }, secretIds) =>
    [...secretIds.values()].some(({ secret }) => secret === secret_id)
      ? { status: 200, body: { data: {} } }
      : { status: 204 },
  'POST secret-id-accessor/lookup': ({ secret_id_accessor = '' }, secretIds) => {
    const found = secretIds.get(secret_id_accessor);
    return found === undefined ? missing : { status: 200, body: { data: { metadata: found.metadata } } };
  },
  'POST secret-id-accessor/destroy': ({ secret_id_accessor = '' }, secretIds) =>
    secretIds.delete(secret_id_accessor) ? { status: 204 } : missing,
};
