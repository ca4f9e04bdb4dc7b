import { z } from 'zod';
import { definePlugin } from '../../core/plugin.ts';
import type { PluginDeps, RestarterClient, RestartRequest, RestartStatus } from '../../core/ports.ts';
import { kubeClient } from '../kubernetes/kube-client.ts';
import { place } from '../kubernetes/names.ts';
import { podsOf } from '../kubernetes/pods.ts';
import { type Restarting, replacedBy, restartWorkload, undoRestart } from '../kubernetes/restart-workload.ts';
import { rolloutStatus } from '../kubernetes/rollout-status.ts';
import { readWorkload, type Workload, workloadName, workloadRef } from '../kubernetes/workload.ts';
import { workloadRules } from '../kubernetes/workload-rules.ts';

const config = z.strictObject({
  use: z.literal('kubernetes-rollout'),
  ...place,
  /** `deployment/<name>`, `statefulset/<name>` or `daemonset/<name>`. */
  workload: workloadName,
  /** From the restart until every pod is replaced and ready; a Deployment's own progress deadline may be shorter. */
  deadlineSeconds: z.int().min(1).max(7200).default(600),
  /** How long a new pod may find no node before that counts as failed. */
  unschedulableSeconds: z.int().min(0).max(7200).default(120),
});
type Config = z.output<typeof config>;

/** Replaces every pod of a workload through its controller, and watches until the new ones are ready. */
export const kubernetesRollout = definePlugin({
  name: 'kubernetes-rollout',
  summary: 'A rollout of a Deployment, StatefulSet or DaemonSet',
  config,
  capabilities: ['polls-rollout'],
  clusterRules: (options) => workloadRules(options, ['get', 'patch']),
  create: (options, deps): RestarterClient => {
    const { workload, namespace } = options;
    const client = kubeClient(options.cluster, deps);
    const ref = workloadRef(workload, namespace);
    const restarting = { client, clock: deps.clock, ref, kind: workload.kind };
    return {
      restart: async (request) => {
        const change = await restartWorkload(restarting, request);
        if (change === 'applied') warnOfTags(await readWorkload(client, ref), options, deps);
        return change;
      },
      status: (request) => status(options, restarting, request),
      undo: (request) => undoRestart(restarting, request),
    };
  },
});

async function status(
  options: Config,
  { client, ref, kind, clock }: Restarting,
  request: RestartRequest,
): Promise<RestartStatus> {
  const workload = await readWorkload(client, ref);
  const foreign = replacedBy(workload, request);
  if (foreign !== undefined) return { state: 'failed', why: foreign };
  const pods = await podsOf(client, ref, workload);
  const now = clock.now();
  const patience = { now: now + client.clockAhead(), unschedulableMs: options.unschedulableSeconds * 1000 };
  return rolloutStatus({ kind, workload, pods, patience, now, deadlineMs: options.deadlineSeconds * 1000 });
}

/** An image by its digest, or by a tag other than the one that moves. */
const FIXED = /@|:(?!latest$)[^/:]+$/;

/** A tag that moves makes a rotation an upgrade as well. */
function warnOfTags({ spec }: Workload, { namespace, workload }: Config, { log }: PluginDeps): void {
  const moving = spec.template.spec.containers.filter(({ image }) => !FIXED.test(image));
  for (const { name } of moving)
    log.warn(
      `${workload.kind} ${namespace}/${workload.name}, container ${name}: its image has no fixed tag, so this restart may also have upgraded it`,
    );
}
