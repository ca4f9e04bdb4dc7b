import { Aws } from 'aws-cdk-lib';
import { OPERATIONS } from '../core/backend-operations.ts';
import type { Catalog } from '../core/catalog.ts';
import type { Config, SecretEntry } from '../core/config.ts';
import type { Permission } from '../core/ports.ts';
import type { RoleRequest } from '../core/role-request.ts';
import type { Step } from '../core/step.ts';
import { pluginOf, type Use, usesOf } from './plugins-in-use.ts';

/** What the plugins that a step opens for these secrets need, each permission once. */
export function pluginPermissions(
  step: Step,
  secrets: readonly SecretEntry[],
  config: Config,
  catalog: Catalog,
): Permission[] {
  const permissions = usesOf(step.opens, secrets, config).flatMap(
    (use) => pluginOf(use, catalog)?.permissions(use.config, roleFor(step, use)) ?? [],
  );
  return [...new Map(permissions.map((permission) => [JSON.stringify(permission), permission])).values()];
}

function roleFor({ name }: Step, { refs = [], isReferred = false }: Use): RoleRequest {
  const operations = isReferred ? (['read'] as const) : (OPERATIONS[name] ?? []);
  return {
    partition: Aws.PARTITION,
    account: Aws.ACCOUNT_ID,
    touches: refs.map((ref) => ({ ref, operations })),
  };
}
