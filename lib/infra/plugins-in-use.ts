import type { Catalog } from '../core/catalog.ts';
import type { Config, PluginEntry, SecretEntry } from '../core/config.ts';
import { issuerIn } from '../core/issuer-ports.ts';
import type { SecretRef } from '../core/ports.ts';
import { findReferences } from '../core/references.ts';
import { refOf } from '../core/run.ts';
import type { PluginKind } from '../core/step.ts';

/** What opens with another: the issuer of a secret type has its permissions and is bundled wherever the type is. */
type UsedKind = PluginKind | 'issuer';

/** A plugin as some entry of the configuration uses it. */
export interface Use extends PluginEntry {
  readonly kind: UsedKind;
  /** Of a backend: the values that are used there. */
  readonly refs?: readonly SecretRef[];
  /** Whether they are those that other entries refer to, which are read and never changed. */
  readonly isReferred?: boolean;
}

/** The rooms of lib/plugins. */
export const ROOMS: Readonly<Record<UsedKind, string>> = {
  secretType: 'secret-types',
  issuer: 'issuers',
  backend: 'backends',
  propagator: 'propagators',
  restarter: 'restarters',
  verifier: 'verifiers',
  notifier: 'notifiers',
};

const REGISTRIES: Readonly<Record<UsedKind, readonly (keyof Catalog)[]>> = {
  secretType: ['secretTypes'],
  issuer: ['issuers', 'certificateIssuers'],
  backend: ['backends'],
  propagator: ['propagators'],
  restarter: ['restarters'],
  verifier: ['verifiers'],
  notifier: ['notifiers'],
};

/** What a step that opens `kinds` for these secrets opens. A plugin may read the secrets that its entry refers to, so their backends count. */
export function usesOf(kinds: readonly PluginKind[], secrets: readonly SecretEntry[], config: Config): Use[] {
  const uses = kinds.flatMap((kind) => USES[kind](secrets, config));
  const referred = uses.flatMap((use) => findReferences(use.config).map(({ secret }) => config.secrets.get(secret)));
  return [
    ...uses,
    ...USES.backend(
      referred.filter((entry) => entry !== undefined),
      config,
    ).map((use) => ({ ...use, isReferred: true })),
  ];
}

type UsesOfKind = (secrets: readonly SecretEntry[], config: Config) => Use[];

const ofConsumers =
  (
    kind: PluginKind,
    pick: (consumer: SecretEntry['consumers'][number]) => readonly (PluginEntry | undefined)[],
  ): UsesOfKind =>
  (secrets) =>
    secrets
      .flatMap((secret) => secret.consumers)
      .flatMap(pick)
      .flatMap((entry) => (entry === undefined ? [] : [{ ...entry, kind }]));

function issuerUses(target: unknown): Use[] {
  const issuer = issuerIn(target);
  return issuer === undefined ? [] : [{ kind: 'issuer', use: issuer.use, config: issuer }];
}

const USES: Readonly<Record<PluginKind, UsesOfKind>> = {
  secretType: (secrets) =>
    secrets.flatMap(({ type, target }) => [{ kind: 'secretType', use: type, config: target }, ...issuerUses(target)]),
  backend: (secrets, { backends }) =>
    [...new Set(secrets.map(({ backend }) => backend))].flatMap((name) => {
      const refs = secrets.filter(({ backend }) => backend === name).map(refOf);
      const entry = backends[name];
      return entry === undefined ? [] : [{ ...entry, kind: 'backend', refs }];
    }),
  propagator: ofConsumers('propagator', ({ propagate }) => [propagate]),
  restarter: ofConsumers('restarter', ({ restart }) => [restart]),
  verifier: ofConsumers('verifier', ({ verify }) => verify),
  notifier: (_secrets, { notifiers }) => notifiers.map((entry) => ({ ...entry, kind: 'notifier' })),
};

/** The plugin behind a use. */
export function pluginOf({ kind, use }: Use, catalog: Catalog) {
  return REGISTRIES[kind].flatMap((registry) => [...catalog[registry]]).find(({ name }) => name === use);
}
