import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import type { LoginFiles } from './files.ts';
import type { VaultServer } from './server.ts';
import type { VaultAuth } from './settings.ts';

export interface Lease {
  readonly token: string;
  /** Milliseconds; Infinity for one that never ends. */
  readonly ttl: number;
  readonly renewable: boolean;
}

type LoginAuth = Exclude<VaultAuth, { method: 'token' }>;

const granted = z.object({
  auth: z.object({ client_token: z.string().min(1), lease_duration: z.number(), renewable: z.boolean() }),
});

/** Logs in by what the configuration names. @throws AccessDenied when the server refuses it */
export async function logIn(server: VaultServer, auth: LoginAuth, files: LoginFiles): Promise<Lease> {
  const path = `auth/${auth.mount}/login`;
  const { status, body } = await server({ verb: 'write', path, json: proof(auth, files), capability: 'update' });
  const reply = granted.safeParse(body);
  if (status === 200 && reply.success) return leaseOf(reply.data.auth);
  throw new RotationError('AccessDenied', {
    subject: `vault ${path}`,
    detail: status === 404 ? 'no login method is mounted there' : `the server refuses this ${auth.method} login`,
    code: `http-${status}`,
  });
}

/** What the server is shown. */
function proof(auth: LoginAuth, files: LoginFiles): object {
  if (auth.method === 'approle')
    return { role_id: files.open(auth.roleIdFile), secret_id: files.secret(auth.secretIdFile) };
  return { role: auth.role, jwt: files.open(auth.jwtFile) };
}

const leaseOf = ({ client_token, lease_duration, renewable }: z.output<typeof granted>['auth']): Lease => ({
  token: client_token,
  ttl: lifeOf(lease_duration),
  renewable,
});

/** The server tells seconds, and 0 for a token that never ends. */
const lifeOf = (seconds: number) => (seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000);

/** Asks for another term. @returns what is left then */
export async function renewSelf(server: VaultServer, { token }: Lease): Promise<Lease> {
  const call = { verb: 'write', path: 'auth/token/renew-self', json: {}, capability: 'update' } as const;
  const { status, body } = await server(call);
  const reply = granted.safeParse(body);
  if (status === 200 && reply.success) return { ...leaseOf(reply.data.auth), token };
  throw new RotationError('AccessDenied', { subject: `vault ${call.path}`, code: `http-${status}` });
}

const found = z.object({ data: z.object({ ttl: z.number(), creation_ttl: z.number(), renewable: z.boolean() }) });

export interface FoundToken extends Lease {
  /** Milliseconds that it was given at first. */
  readonly full: number;
}

/** What a token says of itself. @throws AccessDenied for one that is no longer good */
export async function lookUpSelf(server: VaultServer, token: string): Promise<FoundToken> {
  const call = { verb: 'read', path: 'auth/token/lookup-self', capability: 'read' } as const;
  const reply = found.safeParse((await server(call)).body);
  if (!reply.success) throw new RotationError('AccessDenied', { subject: `vault ${call.path}` });
  const { ttl, creation_ttl, renewable } = reply.data.data;
  const full = lifeOf(creation_ttl);
  return { token, ttl: Number.isFinite(full) ? ttl * 1000 : full, full, renewable };
}

export async function revokeSelf(server: VaultServer): Promise<void> {
  await server({ verb: 'write', path: 'auth/token/revoke-self', json: {}, capability: 'update' });
}
