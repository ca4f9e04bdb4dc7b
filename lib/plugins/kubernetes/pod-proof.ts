import type { Verdict } from '../../core/ports.ts';
import { RESTARTED_AT, sinceAnnotation, versionAnnotation } from './annotations.ts';
import type { Pod } from './pods.ts';
import { shownVersion, wasUndone } from './restart-workload.ts';
import type { Workload } from './workload.ts';

export interface Expectation {
  readonly secretId: string;
  readonly version: string;
  readonly workload: Workload;
  /** Epoch ms by Keyturn's clock: before it no copy held the new value. */
  readonly installedAt: number | undefined;
  /** Milliseconds by which the cluster's clock is ahead of Keyturn's. */
  readonly clockAhead: number;
  /** Epoch ms by Keyturn's clock since when the Secret has held the expected version, where that is known. */
  readonly copySince: number | undefined;
}

/** What speaks against a pod's using the expected version; undefined where it is proven. */
export function podDoubt(pod: Pod, expectation: Expectation): string | undefined {
  const { secretId, version, workload } = expectation;
  const { name, annotations } = pod.metadata;
  if (hasReadCopy(pod, expectation)) return undefined;
  const carried = annotations[versionAnnotation(secretId)];
  if (carried === version)
    return isOfItsTime(pod, expectation)
      ? undefined
      : `pod ${name} of version ${version} was made anew while another value was in place`;
  if (carried !== undefined) return `pod ${name} carries version ${shownVersion(carried)}`;
  // A restart that was undone leaves pods of before the first: they began with what is in place again.
  if (wasUndone(workload, secretId) && isOlder(pod, expectation)) return undefined;
  return `pod ${name} carries no version`;
}

/** Whether it was made after the Secret got the expected version, be it by a restart for another secret or another program. */
function hasReadCopy({ metadata }: Pod, { copySince, clockAhead }: Expectation): boolean {
  if (copySince === undefined) return false;
  const restarted = Date.parse(metadata.annotations[RESTARTED_AT] ?? '');
  return restarted >= copySince || Date.parse(metadata.creationTimestamp) - clockAhead > copySince + ROUNDING;
}

/** Milliseconds: the cluster tells times in whole seconds. */
const ROUNDING = 1000;

/**
 * The template of a pod says with which version in place its restart began. A pod of that template that is made anew later
 * reads what is in place then, so it counts only if it is older than the other value, or the restart is younger.
 */
function isOfItsTime(pod: Pod, expectation: Expectation): boolean {
  const { installedAt, secretId } = expectation;
  if (installedAt === undefined) return true;
  const since = Date.parse(pod.metadata.annotations[sinceAnnotation(secretId)] ?? '');
  return since >= installedAt || isOlder(pod, expectation);
}

const isOlder = ({ metadata }: Pod, { installedAt, clockAhead }: Expectation): boolean =>
  installedAt !== undefined && Date.parse(metadata.creationTimestamp) - clockAhead < installedAt;

/** Distinct digests of the images that pods run. */
export function digestsOf(pods: readonly Pod[]): readonly string[] {
  const found = pods.flatMap(({ status }) =>
    status.containerStatuses.map(({ name, imageID }) => {
      const digest = /sha256:[0-9a-f]{64}/.exec(imageID)?.[0] ?? 'a digest that its node does not tell';
      return `${name} ${digest}`;
    }),
  );
  return [...new Set(found)].sort();
}

export function verdictOn(ready: readonly Pod[], expectation: Expectation): Verdict {
  if (ready.length === 0) return { verdict: 'inconclusive', why: 'no pod is ready' };
  const doubts = ready.flatMap((pod) => podDoubt(pod, expectation) ?? []);
  if (doubts.length > 0) return { verdict: 'rejected', why: doubts.join('; ') };
  const why = `${ready.length} ready pods carry ${expectation.version}; images: ${digestsOf(ready).join(', ')}`;
  return { verdict: 'verified', why };
}
