import type { Catalog } from './catalog.ts';
import type { ClusterRule, ClusterVerb } from './cluster-rule.ts';
import type { Config, ConsumerEntry, PluginEntry } from './config.ts';
import type { Plugin } from './ports.ts';

/** A rule as RBAC writes it. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly ClusterVerb[];
}

/** All that Keyturn does in one namespace of a cluster. */
export interface ClusterRole {
  readonly cluster: string;
  readonly namespace: string;
  readonly rules: readonly RoleRule[];
}

/** The least that the configuration's consumers need in their clusters, by cluster and namespace. */
export function clusterRoles(config: Config, catalog: Catalog): readonly ClusterRole[] {
  const consumers = [...config.secrets.values()].flatMap((entry) => entry.consumers);
  const rules = consumers.flatMap((consumer) => rulesOf(consumer, catalog));
  return grouped(rules, ({ cluster, namespace }) => `${cluster}/${namespace}`).map(([first, all]) => ({
    cluster: first.cluster,
    namespace: first.namespace,
    rules: merged(all),
  }));
}

function rulesOf({ propagate, restart, verify }: ConsumerEntry, catalog: Catalog): readonly ClusterRule[] {
  return [
    ...asked(catalog.propagators, propagate),
    ...asked(catalog.restarters, restart),
    ...verify.flatMap((entry) => asked(catalog.verifiers, entry)),
  ];
}

function asked(plugins: readonly Plugin<unknown>[], entry: PluginEntry | undefined): readonly ClusterRule[] {
  const plugin = plugins.find(({ name }) => name === entry?.use);
  return entry === undefined ? [] : (plugin?.clusterRules?.(entry.config) ?? []);
}

/** One rule for the objects of a kind that need the same. */
function merged(rules: readonly ClusterRule[]): readonly RoleRule[] {
  const objects = grouped(rules, ({ group, resource, name = '' }) => `${group}/${resource}/${name}`);
  const whole = objects.map(([first, all]) => ({
    ...first,
    verbs: [...new Set(all.flatMap(({ verbs }) => verbs))].sort(),
  }));
  const kinds = grouped(whole, ({ group, resource, name, verbs }) =>
    [group, resource, name === undefined, ...verbs].join('/'),
  );
  return kinds.map(([{ group, resource, verbs }, all]) => {
    const names = all.flatMap(({ name }) => name ?? []).sort();
    const held = names.length > 0 ? { resourceNames: names } : {};
    return { apiGroups: [group], resources: [resource], ...held, verbs };
  });
}

/** Items of one key, with the first of them, in the order of their keys. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): [first: Item, all: readonly Item[]][] {
  const groups = new Map<string, [Item, Item[]]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item, [item]]);
    else group[1].push(item);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
