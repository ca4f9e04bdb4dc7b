import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { absent } from './absent.ts';
import type { KubeClient } from './kube-client.ts';
import { metadata } from './metadata.ts';
import { type ObjectRef, shownRef } from './object-ref.ts';

const KINDS = ['deployment', 'statefulset', 'daemonset'] as const;
export type WorkloadKind = (typeof KINDS)[number];

const isKind = (text: string): text is WorkloadKind => KINDS.some((kind) => kind === text);

/** `deployment/orders-api` as a configuration writes it. */
export const workloadName = z.string().transform((text, context) => {
  const [kind = '', name = '', ...more] = text.split('/');
  if (isKind(kind) && more.length === 0 && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)) return { kind, name };
  context.issues.push({
    code: 'custom',
    message: `expected ${KINDS.map((one) => `${one}/<name>`).join(', ')}`,
    input: '<text>',
  });
  return z.NEVER;
});
export type WorkloadName = z.output<typeof workloadName>;

export const workloadRef = ({ kind, name }: WorkloadName, namespace: string): ObjectRef => ({
  group: 'apps',
  version: 'v1',
  resource: `${kind}s`,
  namespace,
  name,
});

const count = z.int().default(0);

const selector = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) }))
    .default([]),
});

/** What Keyturn reads of a Deployment, a StatefulSet or a DaemonSet. */
export const workloadObject = z.looseObject({
  metadata,
  spec: z.looseObject({
    replicas: z.int().default(1),
    paused: z.boolean().default(false),
    selector,
    updateStrategy: z
      .looseObject({
        type: z.string().optional(),
        rollingUpdate: z.looseObject({ partition: count }).optional(),
      })
      .optional(),
    template: z.looseObject({
      metadata: z.looseObject({ annotations: z.record(z.string(), z.string()).default({}) }).prefault({}),
      spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string(), image: z.string().default('') })) }),
    }),
  }),
  status: z
    .looseObject({
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      readyReplicas: count,
      availableReplicas: count,
      currentRevision: z.string().optional(),
      updateRevision: z.string().optional(),
      desiredNumberScheduled: count,
      updatedNumberScheduled: count,
      numberAvailable: count,
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().optional() }))
        .default([]),
    })
    .prefault({}),
});
export type Workload = z.output<typeof workloadObject>;

/** @throws RolloutFailed for one that is not there */
export async function readWorkload(client: KubeClient, ref: ObjectRef): Promise<Workload> {
  const found = await client.get(ref, workloadObject);
  if (found === undefined) throw await absent(client, ref, 'RolloutFailed', '');
  return found;
}

/** Why a restart cannot be seen through, whatever its pods do; undefined where it can. */
export function obstacleTo({ spec, status, metadata: meta }: Workload, kind: WorkloadKind): string | undefined {
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  if (meta.deletionTimestamp !== undefined) return 'it is being deleted';
  if (spec.paused) return 'it is paused: resume it first';
  if (type === 'OnDelete') return 'its update strategy is OnDelete: no controller replaces its pods';
  if ((rollingUpdate?.partition ?? 0) > 0) return 'its update strategy has a partition: pods below it stay as they are';
  const wanted = wantedPods({ spec, status }, kind);
  const isCounted = kind !== 'daemonset' || status.observedGeneration > 0;
  if (wanted === 0 && isCounted) return 'it is scaled to zero: nothing runs, so nothing can be proven';
  return undefined;
}

export const wantedPods = ({ spec, status }: Pick<Workload, 'spec' | 'status'>, kind: WorkloadKind): number =>
  kind === 'daemonset' ? status.desiredNumberScheduled : spec.replicas;

const OPERATORS: Readonly<Record<string, (key: string, values: readonly string[]) => string>> = {
  In: (key, values) => `${key} in (${values.join(',')})`,
  NotIn: (key, values) => `${key} notin (${values.join(',')})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
};

/** The workload's selector as the API's lists take it. */
export function selectorText(ref: ObjectRef, { spec }: Workload): string {
  const labels = Object.entries(spec.selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const more = spec.selector.matchExpressions.map(({ key, operator, values }) => {
    const written = OPERATORS[operator]?.(key, values);
    if (written !== undefined) return written;
    throw new RotationError('RolloutFailed', {
      subject: shownRef(ref),
      detail: 'its selector has an unknown operator',
    });
  });
  return [...labels, ...more].join(',');
}
