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

export interface Estate {
  readonly mount: string;
  readonly role: string;
  readonly config: ReturnType<typeof vaultLogin>['config'] & { readonly caFile?: string };
  readonly deps: ReturnType<typeof vaultLogin>['deps'];
}

/** Enables AppRole logins; once per server. */
export const enableAppRole = (server: OpenBao) => server.admin('POST', 'sys/auth/approle', { type: 'approle' });

/**
 * A KV mount of its own that demands compare-and-set, and a login for `refs` with exactly what the generated policies
 * grant; `mend` takes something away.
 */
export async function layOut(
  server: OpenBao,
  refs: readonly SecretRef[],
  mend = (hcl: string) => hcl,
): Promise<Estate> {
  estates += 1;
  const mount = `kv-${estates}`;
  const role = `keyturn-b${estates}`;
  await server.admin('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } });
  await vi.waitFor(() => server.admin('POST', `${mount}/config`, { cas_required: true }), { timeout: 10_000 });
  const draft = vaultLogin(server.address, { mount });
  for (const grant of vault.grants?.list(draft.config, { backend: `b${estates}`, refs, cidrs: ['127.0.0.1/32'] }) ??
    []) {
    if (grant.kind === 'policy')
      await server.admin('PUT', `sys/policies/acl/${grant.name}`, { policy: mend(grant.text) });
    else await server.admin('POST', `auth/approle/role/${grant.name}`, JSON.parse(grant.text));
  }
  const { role_id } = identified.parse(await server.admin('GET', `auth/approle/role/${role}/role-id`)).data;
  const { secret_id } = issued.parse(await server.admin('POST', `auth/approle/role/${role}/secret-id`, {})).data;
  const { config, deps } = vaultLogin(server.address, { mount, roleId: role_id, secretId: secret_id });
  return { mount, role, deps, config: { ...config, ...(server.caFile && { caFile: server.caFile }) } };
}

/** How many tokens live on the server, the administrator's not counted. */
export async function tokensLeft(server: OpenBao): Promise<number> {
  const accessors = listed.parse(await server.admin('GET', 'auth/token/accessors?list=true')).data.keys;
  return accessors.length - 1;
}
