import { z } from 'zod';
import type { OpenBao } from './openbao.ts';
import { readSource } from './sources.ts';

const identified = z.object({ data: z.object({ role_id: z.string() }) });
const issued = z.object({ data: z.object({ secret_id: z.string() }) });
const generated = z.object({ data: z.object({ certificate: z.string() }) });
const requested = z.object({ data: z.object({ csr: z.string() }) });
const imported = z.object({ data: z.object({ imported_issuers: z.array(z.string()) }) });

let mounts = 0;

export interface Pki {
  readonly mount: string;
  readonly login: { readonly roleId: string; readonly secretId: string };
  /** Puts a new root with a new intermediate in place of the one that signs. */
  succeed(): Promise<void>;
}

/** An intermediate under a root of another mount, a role, and an admin that may do just what docs/certificates.md says. */
export async function layOutPki(server: OpenBao): Promise<Pki> {
  mounts += 1;
  const mount = `pki-${mounts}`;
  await server.admin('POST', `sys/mounts/${mount}`, { type: 'pki', config: { max_lease_ttl: '87600h' } });
  await authority(server, mount, `Root ${mounts}`);
  const names = { allowed_domains: 'internal', allow_subdomains: true, allow_ip_sans: true };
  const role = { ...names, key_type: 'any', max_ttl: '2160h', allowed_user_ids: 'keyturn-*' };
  await server.admin('POST', `${mount}/roles/shop`, role);
  const login = await adminOf(server, mount);
  return { mount, login, succeed: () => authority(server, mount, `New root ${mounts}`) };
}

async function authority(server: OpenBao, mount: string, name: string): Promise<void> {
  const root = `root-of-${mount}-${name.replaceAll(' ', '-').toLowerCase()}`;
  await server.admin('POST', `sys/mounts/${root}`, { type: 'pki', config: { max_lease_ttl: '87600h' } });
  await server.admin('POST', `${root}/root/generate/internal`, { common_name: name, ttl: '87600h', key_type: 'ec' });
  const common_name = `Issuing under ${name}`;
  const request = await server.admin('POST', `${mount}/intermediate/generate/internal`, {
    common_name,
    key_type: 'ec',
  });
  const { csr } = requested.parse(request).data;
  const asked = { csr, common_name, ttl: '43800h', format: 'pem_bundle' };
  const { certificate } = generated.parse(await server.admin('POST', `${root}/root/sign-intermediate`, asked)).data;
  const set = await server.admin('POST', `${mount}/intermediate/set-signed`, { certificate });
  const [first] = imported.parse(set).data.imported_issuers;
  const ids = z.object({ data: z.object({ mapping: z.record(z.string(), z.string()) }) }).parse(set).data.mapping;
  const withKey = Object.entries(ids).find(([, key]) => key !== '')?.[0] ?? first;
  await server.admin('POST', `${mount}/config/issuers`, { default: withKey });
}

async function adminOf(server: OpenBao, mount: string) {
  const [, page = ''] = /```hcl\n(.*?)```/s.exec(readSource('docs/certificates.md')) ?? [];
  const admin = `keyturn-${mount}`;
  await server.admin('PUT', `sys/policies/acl/${admin}`, { policy: page.replaceAll('"pki/', `"${mount}/`) });
  await server.admin('POST', `auth/approle/role/${admin}`, { token_policies: [admin], token_ttl: '1m' });
  const { role_id: roleId } = identified.parse(await server.admin('GET', `auth/approle/role/${admin}/role-id`)).data;
  const { secret_id: secretId } = issued.parse(await server.admin('POST', `auth/approle/role/${admin}/secret-id`)).data;
  return { roleId, secretId };
}
