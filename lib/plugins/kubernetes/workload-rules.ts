import type { ClusterRule, ClusterVerb } from '../../core/cluster-rule.ts';
import { PODS } from './object-ref.ts';
import { type WorkloadName, workloadRef } from './workload.ts';

interface Placed {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: WorkloadName;
}

/** What acting on a workload needs; a list cannot be held to the pods of one. */
export function workloadRules(
  { cluster, namespace, workload }: Placed,
  verbs: readonly ClusterVerb[],
): readonly ClusterRule[] {
  const { group, resource, name } = workloadRef(workload, namespace);
  return [
    { cluster, namespace, group, resource, name, verbs },
    { cluster, namespace, group: PODS.group, resource: PODS.resource, verbs: ['list'] },
  ];
}
