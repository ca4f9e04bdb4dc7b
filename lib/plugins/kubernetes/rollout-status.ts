import type { RestartStatus } from '../../core/ports.ts';
import { RESTARTED_AT, RESTARTED_BY } from './annotations.ts';
import { type Patience, podState, podTrouble } from './pod-trouble.ts';
import { isReady, type Pod } from './pods.ts';
import { obstacleTo, type Workload, type WorkloadKind, wantedPods } from './workload.ts';

export interface Rollout {
  readonly kind: WorkloadKind;
  readonly workload: Workload;
  readonly pods: readonly Pod[];
  readonly patience: Patience;
  /** Epoch ms by Keyturn's clock, by which the template tells its restart. */
  readonly now: number;
  readonly deadlineMs: number;
}

/** Whether what the workload's template now says has been rolled out; troubles name the pod. */
export function rolloutStatus(rollout: Rollout): RestartStatus {
  const { workload, kind, patience } = rollout;
  const obstacle = obstacleTo(workload, kind);
  if (obstacle !== undefined) return { state: 'failed', why: obstacle };
  const fresh = rollout.pods.filter((pod) => isOfRestart(pod, workload));
  const troubles = fresh.flatMap((pod) => (isReady(pod) ? [] : (podTrouble(pod, patience) ?? [])));
  if (troubles.length > 0) return { state: 'failed', why: troubles.join('; ') };
  const missing = unfinished(rollout, fresh);
  if (missing === undefined) return { state: 'healthy', why: `${fresh.length} pods of the new revision are ready` };
  const late = lateness(rollout);
  if (late === undefined) return { state: 'pending', why: missing };
  const states = fresh.filter((pod) => !isReady(pod)).map(podState);
  return { state: 'failed', why: [late, missing, ...states].join('; ') };
}

/** A pod carries the annotations of the template that it was made from. */
export const isOfRestart = ({ metadata }: Pod, { spec }: Workload): boolean =>
  metadata.annotations[RESTARTED_BY] === spec.template.metadata.annotations[RESTARTED_BY];

/** What the controller, or its pods, still lack. */
function unfinished({ workload, kind }: Rollout, fresh: readonly Pod[]): string | undefined {
  const { metadata, status } = workload;
  if (status.observedGeneration < (metadata.generation ?? 0)) return 'its controller has not seen the restart yet';
  const wanted = wantedPods(workload, kind);
  const { updated, available, others } = COUNTS[kind](workload);
  if (updated < wanted) return `${updated} of ${wanted} pods are of the new revision`;
  if (others > 0) return `${others} pods of an older revision are still there`;
  const ready = fresh.filter(isReady).length;
  if (available < wanted || ready < wanted) return `${Math.min(available, ready)} of ${wanted} new pods are ready`;
  return undefined;
}

interface Counts {
  readonly updated: number;
  readonly available: number;
  readonly others: number;
}

const COUNTS: Readonly<Record<WorkloadKind, (workload: Workload) => Counts>> = {
  deployment: ({ status }) => ({
    updated: status.updatedReplicas,
    available: status.availableReplicas,
    others: status.replicas - status.updatedReplicas,
  }),
  statefulset: ({ status }) => {
    // Once all pods are updated the current revision is the update revision, and updatedReplicas may no longer be told.
    const isWhole = status.currentRevision === status.updateRevision;
    const updated = isWhole ? status.replicas : status.updatedReplicas;
    return { updated, available: status.availableReplicas, others: status.replicas - updated };
  },
  daemonset: ({ status }) => ({
    updated: status.updatedNumberScheduled,
    available: status.numberAvailable,
    others: 0,
  }),
};

function lateness({ workload, now, deadlineMs }: Rollout): string | undefined {
  const given = workload.status.conditions.find(({ type }) => type === 'Progressing');
  if (given?.reason === 'ProgressDeadlineExceeded') return 'its progress deadline is exceeded';
  const since = Date.parse(workload.spec.template.metadata.annotations[RESTARTED_AT] ?? '');
  return now - since > deadlineMs ? `it was not done within ${deadlineMs / 1000} s` : undefined;
}
