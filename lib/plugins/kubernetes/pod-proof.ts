import type { Verdict } from '../../core/ports.ts';
import { RESTARTED_AT, versionAnnotation } from './annotations.ts';
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
  /** Epoch ms by the cluster's clock since when the Secret has held the expected version, where it does. */
  readonly copySince: number | undefined;
}

/** What speaks against a pod's using the expected version; undefined where it is proven. */
export function podDoubt({ metadata }: Pod, expectation: Expectation): string | undefined {
  const { secretId, version, workload, copySince } = expectation;
  const carried = metadata.annotations[versionAnnotation(secretId)];
  const born = Date.parse(metadata.creationTimestamp);
  const pod = `pod ${metadata.name}`;
  if (carried === version)
    return isOfItsTime(metadata.annotations[RESTARTED_AT], born, expectation)
      ? undefined
      : `${pod} of version ${version} was made anew while another value was in place`;
  if (carried !== undefined) return `${pod} carries version ${shownVersion(carried)}`;
  if (copySince !== undefined && born > copySince) return undefined;
  // A restart that was undone leaves pods of before the first: they began with what is in place again.
  if (wasUndone(workload, secretId) && isOlder(born, expectation)) return undefined;
  return `${pod} carries no version`;
}

/**
 * The template of a pod says with which version in place its restart began. A pod of that template that is made anew later
 * reads what is in place then, so it counts only if it is older than the other value, or its restart is younger.
 */
function isOfItsTime(restartedAt: string | undefined, born: number, expectation: Expectation): boolean {
  const { installedAt } = expectation;
  if (installedAt === undefined) return true;
  return Date.parse(restartedAt ?? '') >= installedAt || isOlder(born, expectation);
}

const isOlder = (born: number, { installedAt, clockAhead }: Expectation): boolean =>
  installedAt !== undefined && born < installedAt + clockAhead;

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
