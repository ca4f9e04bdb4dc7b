import type { Catalog } from './catalog.ts';
import { clusterProblems } from './cluster.ts';
import { type Config, configSchema, EXTERNAL, type RawConfig, resolveSecret, type SecretEntry } from './config.ts';
import { type Problem, problemsOf } from './config-problems.ts';
import { APPROVAL_EXPIRY, effectivePolicy, policyProblems } from './policy.ts';
import { findReferences } from './references.ts';
import { secretId } from './rotation.ts';
import { secretProblems } from './secret-checks.ts';
import { versionMarker } from './version-marker.ts';

export type Checked = { readonly config: Config } | { readonly problems: readonly Problem[] };

/** Reads a parsed keyturn.yaml. All problems are found in one pass, each with its path. */
export function checkConfig(raw: unknown, catalog: Catalog): Checked {
  const schema = configSchema(catalog);
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const references = referenceProblems(raw);
    return { problems: [...problemsOf(parsed.error.issues, schema, catalog, raw), ...references] };
  }
  const config = resolve(parsed.data, catalog);
  const problems = [
    ...policyProblems(parsed.data.policy),
    ...referenceProblems(raw),
    ...[...config.secrets.values()].flatMap((entry) => secretProblems(entry, config, catalog)),
    ...identityProblems(config, catalog),
    ...pathProblems(config),
    ...markerProblems(config),
    ...clusterProblems(config),
  ];
  return problems.length > 0 ? { problems } : { config };
}

function resolve(raw: RawConfig, catalog: Catalog): Config {
  const policy = effectivePolicy(raw.policy);
  const entries = Object.entries(raw.secrets).map(
    ([id, entry]) => [id, resolveSecret(id, entry, raw, catalog, policy[entry.classification])] as const,
  );
  return {
    organization: raw.organization,
    environments: raw.environments,
    people: raw.people,
    operators: raw.operators,
    policy,
    approvalExpiry: raw.policy.approvalExpiry ?? APPROVAL_EXPIRY,
    maxParallelRestarts: raw.defaults.maxParallelRestarts,
    backends: raw.backends,
    clusters: raw.clusters,
    notifiers: raw.notifiers,
    allow: raw.network.allow,
    anchor: raw.audit.anchor,
    secrets: new Map(entries),
  };
}

const recordAt = (value: unknown, key: string): Readonly<Record<string, unknown>> => {
  const child: unknown =
    typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
  return typeof child === 'object' && child !== null ? Object.fromEntries(Object.entries(child)) : {};
};

/** Ids of the wrong shape, references to nothing, and cycles among secrets: found even when the schema has complaints. */
function referenceProblems(raw: unknown): Problem[] {
  const secrets = recordAt(raw, 'secrets');
  const known = Object.keys(secrets);
  const ids = known
    .filter((id) => !secretId.safeParse(id).success)
    .map(
      (id): Problem => ({
        path: ['secrets', id],
        message: 'expected an id of the form <environment>/<area>/<name>, in lower case',
      }),
    );
  const missing = findReferences(raw)
    .filter(({ secret }) => !known.includes(secret))
    .map(
      ({ path, secret }): Problem => ({
        path: [...path, 'secret'],
        message: 'names no secret of this file',
        got: secret,
        expected: known,
      }),
    );
  return [...ids, ...missing, ...cycles(secrets)];
}

function cycles(secrets: Readonly<Record<string, unknown>>): Problem[] {
  const edges = new Map(
    Object.entries(secrets).map(([id, entry]) => [id, findReferences(entry).map(({ secret }) => secret)]),
  );
  const walk = (id: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(id)) return [...trail.slice(trail.indexOf(id)), id];
    for (const next of edges.get(id) ?? []) {
      const found = walk(next, [...trail, id]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const found = new Map<string, Problem>();
  for (const id of edges.keys()) {
    const cycle = walk(id, []);
    if (cycle === undefined || !cycle.includes(id)) continue;
    const key = [...new Set(cycle)].sort().join(' ');
    if (!found.has(key))
      found.set(key, { path: ['secrets', id], message: `refers to itself through ${cycle.join(' -> ')}` });
  }
  return [...found.values()];
}

/** Two secrets that would change the same thing at a target would undo each other. */
function identityProblems(config: Config, catalog: Catalog): Problem[] {
  const owners = new Map<string, string>();
  return [...config.secrets.values()].flatMap((entry) => {
    return identitiesOf(entry, catalog).flatMap((identity) => {
      const owner = owners.get(identity);
      if (owner === undefined) {
        owners.set(identity, entry.id);
        return [];
      }
      return owner === entry.id
        ? [{ path: ['secrets', entry.id, 'target'], message: `names ${identity} twice` }]
        : [
            {
              path: ['secrets', entry.id, 'target'],
              message: `${identity} belongs to ${owner} already; one target identity has one secret`,
            },
          ];
    });
  });
}

export function identitiesOf(entry: SecretEntry, catalog: Catalog): readonly string[] {
  if (entry.type === EXTERNAL) return [];
  const type = catalog.secretTypes.find((candidate) => candidate.name === entry.type);
  return type?.config.safeParse(entry.target).success ? type.identities(entry.target) : [];
}

/** Entries may share a path, not a field of it. */
function pathProblems(config: Config): Problem[] {
  const owners = new Map<string, string>();
  return [...config.secrets.values()].flatMap((entry) =>
    Object.values(entry.fields).flatMap((field) => {
      const key = `${entry.backend}:${entry.path}#${field}`;
      const owner = owners.get(key);
      owners.set(key, owner ?? entry.id);
      return owner === undefined
        ? []
        : [
            {
              path: ['secrets', entry.id, 'path'],
              message: `field ${field} of ${entry.backend}:${entry.path} belongs to ${owner} already`,
            },
          ];
    }),
  );
}

/** Two ids whose version lines have one name would report each other's version in a file that both write. */
function markerProblems(config: Config): Problem[] {
  const owners = new Map<string, string>();
  return [...config.secrets.keys()].flatMap((id) => {
    const marker = versionMarker(id);
    const owner = owners.get(marker);
    owners.set(marker, owner ?? id);
    return owner === undefined
      ? []
      : [
          {
            path: ['secrets', id],
            message: `its version line ${marker} is that of ${owner} already; choose another id`,
          },
        ];
  });
}
