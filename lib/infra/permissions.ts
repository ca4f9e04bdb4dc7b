import type { Catalog } from '../core/catalog.ts';
import type { Config, SecretEntry } from '../core/config.ts';
import type { Permission } from '../core/ports.ts';
import type { Step } from '../core/step.ts';
import { pluginOf, usesOf } from './plugins-in-use.ts';

/** What the plugins that a step opens for these secrets need, each permission once. */
export function pluginPermissions(
  step: Step,
  secrets: readonly SecretEntry[],
  config: Config,
  catalog: Catalog,
): Permission[] {
  const permissions = usesOf(step.opens, secrets, config).flatMap(
    (use) => pluginOf(use, catalog)?.permissions(use.config) ?? [],
  );
  return [...new Map(permissions.map((permission) => [JSON.stringify(permission), permission])).values()];
}
