import type { Container, Pod } from './pods.ts';

/** What a container waits for that time alone does not mend. */
const LASTING: ReadonlySet<string> = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** A server's word is repeated only where it is one: a reason, never a message. */
const REASON = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

/** Milliseconds that a pod may find no node: a cluster that grows needs a while. */
export interface Patience {
  /** Epoch ms by the cluster's clock. */
  readonly now: number;
  readonly unschedulableMs: number;
}

/** Why a pod will not become ready by itself; undefined while it may. */
export function podTrouble({ metadata, status }: Pod, { now, unschedulableMs }: Patience): string | undefined {
  const troubled = [...status.initContainerStatuses, ...status.containerStatuses].find(
    ({ state }) => state.waiting?.reason !== undefined && LASTING.has(state.waiting.reason),
  );
  if (troubled !== undefined) return `pod ${metadata.name}, container ${troubled.name}: ${told(troubled)}`;
  const unscheduled = status.conditions.find(
    ({ type, status: holds, reason }) => type === 'PodScheduled' && holds === 'False' && reason === 'Unschedulable',
  );
  if (unscheduled === undefined) return undefined;
  const since = Date.parse(unscheduled.lastTransitionTime ?? metadata.creationTimestamp);
  return now - since >= unschedulableMs ? `pod ${metadata.name}: Unschedulable, no node takes it` : undefined;
}

const told = ({ state, restartCount }: Container): string =>
  `${state.waiting?.reason} after ${restartCount} restart${restartCount === 1 ? '' : 's'}`;

/** What a pod is at, for a rollout that takes its time. */
export function podState({ metadata, status }: Pod): string {
  const waiting = [...status.initContainerStatuses, ...status.containerStatuses]
    .map(({ name, state }) => ({ name, reason: state.waiting?.reason ?? state.terminated?.reason }))
    .find(({ reason }) => reason !== undefined && REASON.test(reason));
  if (waiting !== undefined) return `pod ${metadata.name}, container ${waiting.name}: ${waiting.reason}`;
  const unmet = status.conditions.find(({ status: holds, reason }) => holds === 'False' && REASON.test(reason ?? ''));
  return `pod ${metadata.name}: ${unmet?.reason ?? status.phase ?? 'not ready'}`;
}
