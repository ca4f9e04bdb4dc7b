import { vi } from 'vitest';
import { z } from 'zod';
import type { SecretRef } from '../../lib/core/ports.ts';
import { vault } from '../../lib/plugins/backends/vault.ts';
import type { OpenBao } from './openbao.ts';
import { vaultLogin } from './vault-login.ts';

const identified = z.object({ data: z.object({ role_id: z.string() }) });
const issued = z.object({ data: z.object({ secret_id: z.string() }) });
const listed = z.object({ data: z.object({ keys: z.array(z.string()) }) });

let estates = 0;

type Login = ReturnType<typeof vaultLogin>;

export interface Opened {
  readonly config: Login['config'] & { readonly caFile?: string };
  readonly deps: Login['deps'];
}

export interface Estate extends Opened {
  readonly mount: string;
  /** The role of a host that does everything; the roles of single policies begin with it. */
  readonly role: string;
  /** Writes all policies anew, changed. */
  mend(change: (hcl: string) => string): Promise<void>;
}

/** Enables AppRole logins; once per server. */
export const enableAppRole = (server: OpenBao) => server.admin('POST', 'sys/auth/approle', { type: 'approle' });

/** A KV mount of its own that demands compare-and-set, and a login for `refs` with exactly what the generated policies grant. */
export async function layOut(server: OpenBao, refs: readonly SecretRef[]): Promise<Estate> {
  estates += 1;
  const backend = `b${estates}`;
  const mount = `kv-${backend}`;
  await server.admin('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } });
  await vi.waitFor(() => server.admin('POST', `${mount}/config`, { cas_required: true }), { timeout: 10_000 });
  const { config } = vaultLogin(server.address, { mount });
  const grants = vault.grants?.list(config, { backend, refs, cidrs: ['127.0.0.1/32'] }) ?? [];
  const mend = async (change: (hcl: string) => string) => {
    for (const { kind, name, text } of grants) {
      if (kind === 'policy') await server.admin('PUT', `sys/policies/acl/${name}`, { policy: change(text) });
    }
  };
  await mend((hcl) => hcl);
  for (const { kind, name, text } of grants) {
    if (kind === 'role') await server.admin('POST', `auth/approle/role/${name}`, JSON.parse(text));
  }
  const role = `keyturn-${backend}`;
  return { mount, role, mend, ...(await openedAs(server, mount, role)) };
}

/** A login that carries one policy only, e.g. `store`. */
export const loginAs = (server: OpenBao, { mount, role }: Estate, family: string): Promise<Opened> =>
  openedAs(server, mount, `${role}-${family}`);

async function openedAs(server: OpenBao, mount: string, role: string): Promise<Opened> {
  const ids = await loginOf(server, role);
  const { config, deps } = vaultLogin(server.address, { mount, ...ids });
  return { deps, config: { ...config, ...(server.caFile && { caFile: server.caFile }) } };
}

export async function loginOf(server: OpenBao, role: string) {
  const { role_id } = identified.parse(await server.admin('GET', `auth/approle/role/${role}/role-id`)).data;
  const { secret_id } = issued.parse(await server.admin('POST', `auth/approle/role/${role}/secret-id`, {})).data;
  return { roleId: role_id, secretId: secret_id };
}

/** A token of the role itself, for calls that Keyturn does not make. */
export async function tokenOf(server: OpenBao, { role }: Estate): Promise<string> {
  const { roleId, secretId } = await loginOf(server, role);
  const reply = await server.admin('POST', 'auth/approle/login', { role_id: roleId, secret_id: secretId });
  return z.object({ auth: z.object({ client_token: z.string() }) }).parse(reply).auth.client_token;
}

/** How many tokens live on the server, the administrator's not counted. */
export async function tokensLeft(server: OpenBao): Promise<number> {
  const accessors = listed.parse(await server.admin('GET', 'auth/token/accessors?list=true')).data.keys;
  return accessors.length - 1;
}
