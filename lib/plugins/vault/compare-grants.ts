import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Grant, GrantVerdict } from '../../core/grants.ts';
import { httpFailure } from '../../core/http-failure.ts';
import type { VaultServer } from './server.ts';
import type { VaultSettings } from './settings.ts';

const policyBody = z.object({ data: z.object({ policy: z.string() }) });
const roleBody = z.object({ data: z.record(z.string(), z.unknown()) });

/** Compares each grant with the server's, by an administrator's token. @throws AccessDenied when that may not look */
export async function compareGrants(
  server: VaultServer,
  { auth }: VaultSettings,
  grants: readonly Grant[],
): Promise<readonly GrantVerdict[]> {
  const verdicts: GrantVerdict[] = [];
  for (const grant of grants) {
    const path = placeOf(grant, auth.method === 'approle' ? auth.mount : 'approle');
    const { status, body } = await server({ verb: 'read', path, capability: 'read' });
    if (status === 400) throw httpFailure(`vault ${path}`, status, 'ConfigInvalid');
    const same = status !== 404 && LIKE[grant.kind](grant, body);
    verdicts.push({
      kind: grant.kind,
      name: grant.name,
      state: status === 404 ? 'missing' : same ? 'same' : 'differs',
    });
  }
  return verdicts;
}

const placeOf = ({ kind, name }: Grant, mount: string) =>
  kind === 'policy' ? `sys/policies/acl/${name}` : `auth/${mount}/role/${name}`;

const LIKE: Readonly<Record<Grant['kind'], (grant: Grant, body: unknown) => boolean>> = {
  policy: ({ text }, body) => policyBody.safeParse(body).data?.data.policy.trim() === text.trim(),
  role: ({ text }, body) => {
    const there = roleBody.safeParse(body).data?.data ?? {};
    const wanted = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    return Object.entries(wanted).every(([name, value]) => isDeepStrictEqual(inOrder(there[name]), inOrder(value)));
  },
};

/** The server keeps lists in an order of its own, and networks of one address without their length. */
const inOrder = (value: unknown) => (Array.isArray(value) ? value.map(plain).sort() : value);

const plain = (item: unknown) => String(item).replace(/^((?:\d+\.){3}\d+)\/32$|^(.*:.*)\/128$/, '$1$2');
