import { z } from 'zod';
import { isRotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { Verdict, VerifierClient, VerifyRequest } from '../../core/ports.ts';
import { versionAnnotation, WRITTEN_AT } from '../kubernetes/annotations.ts';
import { type KubeClient, kubeClient } from '../kubernetes/kube-client.ts';
import { annotationOf, type Metadata } from '../kubernetes/metadata.ts';
import { objectName, place } from '../kubernetes/names.ts';
import { verdictOn } from '../kubernetes/pod-proof.ts';
import { isReady, podsOf } from '../kubernetes/pods.ts';
import { readSecret } from '../kubernetes/secret-copy.ts';
import { readWorkload, workloadName, workloadRef } from '../kubernetes/workload.ts';
import { workloadRules } from '../kubernetes/workload-rules.ts';

const config = z.strictObject({
  use: z.literal('kubernetes-pods'),
  ...place,
  /** `deployment/<name>`, `statefulset/<name>` or `daemonset/<name>`. */
  workload: workloadName,
  /** The Secret that the pods read: it must hold the version, and a pod made since counts as using it. */
  secret: objectName.optional(),
});
type Config = z.output<typeof config>;

/** Every ready pod of a workload was made with the version in place; the digests of its images are told with the verdict. */
export const kubernetesPods = definePlugin({
  name: 'kubernetes-pods',
  summary: 'Every ready pod of a workload began with the version in place',
  config,
  clusterRules: (options) => [
    ...workloadRules(options, ['get']),
    ...(options.secret === undefined ? [] : [secretRule(options, options.secret)]),
  ],
  create: (options, deps): VerifierClient => ({
    check: async (request) => {
      try {
        return await check(options, kubeClient(options.cluster, deps), request);
      } catch (error) {
        if (!isRotationError(error)) throw error;
        return { verdict: 'inconclusive', why: error.message };
      }
    },
  }),
});

const secretRule = ({ cluster, namespace }: Config, name: string) =>
  ({ cluster, namespace, group: '', resource: 'secrets', name, verbs: ['get'] }) as const;

async function check(options: Config, client: KubeClient, request: VerifyRequest): Promise<Verdict> {
  const { namespace, secret } = options;
  const { secretId, expected, installedAt } = request;
  const copy = secret === undefined ? undefined : await readSecret(client, { namespace, name: secret });
  const name = versionAnnotation(secretId);
  if (secret !== undefined && (copy === undefined || annotationOf(copy.metadata, name) !== expected.version))
    return { verdict: 'rejected', why: `secrets ${namespace}/${secret} does not hold version ${expected.version}` };
  const ref = workloadRef(options.workload, namespace);
  const workload = await readWorkload(client, ref);
  const ready = (await podsOf(client, ref, workload)).filter(isReady);
  return verdictOn(ready, {
    secretId,
    version: expected.version,
    workload,
    installedAt,
    clockAhead: client.clockAhead(),
    copySince: copy && writtenAt(copy.metadata),
  });
}

function writtenAt(found: Metadata): number | undefined {
  const time = Date.parse(annotationOf(found, WRITTEN_AT) ?? '');
  return Number.isNaN(time) ? undefined : time;
}
