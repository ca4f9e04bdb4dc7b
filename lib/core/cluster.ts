import { z } from 'zod';
import type { Config } from './config.ts';
import type { Problem } from './config-problems.ts';
import { RotationError } from './errors.ts';

/** A Kubernetes cluster of keyturn.yaml and the login that Keyturn has there. */
export const cluster = z.strictObject({
  /** Relative to keyturn.yaml. */
  kubeconfig: z.string().min(1),
  /** The file's current one when absent. */
  context: z.string().min(1).optional(),
});
export type Cluster = z.output<typeof cluster>;

/** @throws ConfigInvalid for a name that the configuration lacks */
export function clusterOf({ clusters }: Pick<Config, 'clusters'>, name: string): Cluster {
  const found = Object.hasOwn(clusters, name) ? clusters[name] : undefined;
  if (found !== undefined) return found;
  throw new RotationError('ConfigInvalid', { subject: `cluster ${name}`, detail: 'there is none of that name' });
}

const naming = z.looseObject({ cluster: z.string() });

/** Plugins of consumers that name a cluster which the configuration lacks. */
export function clusterProblems({ clusters, secrets }: Config): Problem[] {
  const expected = Object.keys(clusters);
  const uses = [...secrets.values()].flatMap(({ id, consumers }) =>
    consumers.flatMap(({ propagate, restart, verify }, index) =>
      [
        { at: ['propagate'], plugin: propagate },
        { at: ['restart'], plugin: restart },
        ...verify.map((plugin, position) => ({ at: ['verify', position], plugin })),
      ].map(({ at, plugin }) => ({ path: ['secrets', id, 'consumers', index, ...at, 'cluster'], plugin })),
    ),
  );
  return uses.flatMap(({ path, plugin }) => {
    const named = naming.safeParse(plugin?.config).data?.cluster;
    if (named === undefined || expected.includes(named)) return [];
    return [{ path, message: 'names no cluster of this file', got: named, expected }];
  });
}
