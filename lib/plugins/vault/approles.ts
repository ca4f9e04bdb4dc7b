import type { Grant, GrantRequest } from '../../core/grants.ts';
import { inNamespace } from './policies.ts';
import type { VaultSettings } from './settings.ts';

const QUARTER_HOUR = 900;
const WEEK = 604_800;

/** Seconds. A step's login lives no longer than the step may; a secret id ends by time, by use and by place. */
const LIMITS = {
  token_type: 'service',
  token_ttl: QUARTER_HOUR,
  token_max_ttl: QUARTER_HOUR,
  token_no_default_policy: true,
  secret_id_ttl: WEEK,
  secret_id_num_uses: 10_000,
};

/**
 * One role for a host that does everything, and one per policy for functions that each do one step. None where Keyturn
 * does not log in by AppRole: then the policies belong to the role that `auth` names.
 */
export function appRolesOf(
  settings: VaultSettings,
  { backend, cidrs }: GrantRequest,
  policies: readonly Grant[],
): readonly Grant[] {
  const { auth, namespace } = settings;
  if (auth.method !== 'approle') return [];
  const names = policies.map(({ name }) => name);
  const roles = [{ name: `keyturn-${backend}`, policies: names }, ...names.map((name) => ({ name, policies: [name] }))];
  return roles.map(({ name, policies: token_policies }) => ({
    kind: 'role',
    name,
    text: `${JSON.stringify({ token_policies, ...LIMITS, ...bounds(cidrs) }, null, 2)}\n`,
    command: `bao write ${inNamespace(namespace)}auth/${auth.mount}/role/${name} -`,
  }));
}

const bounds = (cidrs: readonly string[]) =>
  cidrs.length === 0 ? {} : { secret_id_bound_cidrs: cidrs, token_bound_cidrs: cidrs };
