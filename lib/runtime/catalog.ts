import type { Catalog } from '../core/catalog.ts';
import { backends } from '../plugins/backends/index.ts';
import { certificateIssuers, issuers } from '../plugins/issuers/index.ts';
import { notifiers } from '../plugins/notifiers/index.ts';
import { propagators } from '../plugins/propagators/index.ts';
import { restarters } from '../plugins/restarters/index.ts';
import { secretTypes } from '../plugins/secret-types/index.ts';
import { verifiers } from '../plugins/verifiers/index.ts';

/** Everything that ships with Keyturn. */
export const builtIn: Catalog = {
  secretTypes,
  issuers,
  certificateIssuers,
  backends,
  propagators,
  restarters,
  verifiers,
  notifiers,
};

/** A user's own plugins, as `keyturn.config.ts` exports them: any part of a catalog. */
export type OwnPlugins = Partial<Catalog>;

export function withOwn(own: OwnPlugins): Catalog {
  return {
    secretTypes: [...builtIn.secretTypes, ...(own.secretTypes ?? [])],
    issuers: [...builtIn.issuers, ...(own.issuers ?? [])],
    certificateIssuers: [...builtIn.certificateIssuers, ...(own.certificateIssuers ?? [])],
    backends: [...builtIn.backends, ...(own.backends ?? [])],
    propagators: [...builtIn.propagators, ...(own.propagators ?? [])],
    restarters: [...builtIn.restarters, ...(own.restarters ?? [])],
    verifiers: [...builtIn.verifiers, ...(own.verifiers ?? [])],
    notifiers: [...builtIn.notifiers, ...(own.notifiers ?? [])],
  };
}
