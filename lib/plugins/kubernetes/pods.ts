import { z } from 'zod';
import type { KubeClient } from './kube-client.ts';
import { metadata } from './metadata.ts';
import { type ObjectRef, PODS } from './object-ref.ts';
import { selectorText, type Workload } from './workload.ts';

const state = z.looseObject({
  waiting: z.looseObject({ reason: z.string().optional() }).optional(),
  terminated: z.looseObject({ reason: z.string().optional(), exitCode: z.int().optional() }).optional(),
});

const container = z.looseObject({
  name: z.string(),
  imageID: z.string().default(''),
  restartCount: z.int().default(0),
  state: state.prefault({}),
});
export type Container = z.output<typeof container>;

/** What Keyturn reads of a pod. */
const pod = z.looseObject({
  metadata: metadata.extend({ name: z.string(), creationTimestamp: z.string() }),
  status: z
    .looseObject({
      phase: z.string().optional(),
      conditions: z
        .array(
          z.looseObject({
            type: z.string(),
            status: z.string(),
            reason: z.string().optional(),
            lastTransitionTime: z.string().nullish(),
          }),
        )
        .default([]),
      initContainerStatuses: z.array(container).default([]),
      containerStatuses: z.array(container).default([]),
    })
    .prefault({}),
});
export type Pod = z.output<typeof pod>;

/** The pods of a workload that are meant to run: those that have ended, or are being ended, are not among them. */
export async function podsOf(client: KubeClient, ref: ObjectRef, workload: Workload): Promise<readonly Pod[]> {
  const found = await client.list(PODS, ref.namespace, selectorText(ref, workload), pod);
  return found.filter(
    ({ metadata: { deletionTimestamp }, status: { phase = '' } }) =>
      deletionTimestamp === undefined && !['Succeeded', 'Failed'].includes(phase),
  );
}

export const isReady = ({ status }: Pod): boolean =>
  status.conditions.some(({ type, status: holds }) => type === 'Ready' && holds === 'True');
