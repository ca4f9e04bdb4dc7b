import { z } from 'zod';
import { definePlugin } from '../../core/plugin.ts';
import type { PluginDeps, PropagatorClient, PutRequest } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import { renderTemplate } from '../../core/template.ts';
import { versionAnnotation } from '../kubernetes/annotations.ts';
import { forceSync, readExternalSecret } from '../kubernetes/force-sync.ts';
import { type KubeClient, kubeClient } from '../kubernetes/kube-client.ts';
import { annotationOf } from '../kubernetes/metadata.ts';
import { dataKey, objectName, place, templates } from '../kubernetes/names.ts';
import { EXTERNAL_SECRETS, type ObjectRef } from '../kubernetes/object-ref.ts';
import { holds, readSecret } from '../kubernetes/secret-copy.ts';

const config = z
  .strictObject({
    use: z.literal('external-secret'),
    ...place,
    /** Of the ExternalSecret. */
    name: objectName,
    /** Of the Secret that the operator writes; the ExternalSecret's when absent. */
    secret: objectName.optional(),
    /** The key of that Secret that holds the version id, where the ExternalSecret maps it to one. */
    versionKey: dataKey.optional(),
    /** What that Secret must hold: key -> template. */
    data: templates.optional(),
    /** How long the operator may take. */
    waitSeconds: z.int().min(1).max(40).default(30),
  })
  .refine(({ versionKey, data }) => versionKey !== undefined || data !== undefined, {
    error: 'name versionKey, data, or both: without one nothing shows that the Secret holds the version',
    path: ['data'],
  });
type Config = z.output<typeof config>;

/** Has External Secrets Operator fetch what the backend now holds, and waits until the Secret has it: the operator stays its one writer. */
export const externalSecret = definePlugin({
  name: 'external-secret',
  summary: 'A Secret that External Secrets Operator writes: has it fetch now and waits',
  config,
  clusterRules: ({ cluster, namespace, name, secret = name }) => [
    { cluster, namespace, group: EXTERNAL_SECRETS.group, resource: 'externalsecrets', name, verbs: ['get', 'patch'] },
    { cluster, namespace, group: '', resource: 'secrets', name: secret, verbs: ['get'] },
  ],
  create: (options, deps): PropagatorClient => {
    const client = kubeClient(options.cluster, deps);
    const ref = { ...EXTERNAL_SECRETS, namespace: options.namespace, name: options.name };
    return {
      put: (request) => put(options, client, ref, deps, request),
      holds: async (request) => {
        const found = await readSecret(client, targetOf(options));
        return found !== undefined && holds(found, expectedOf(options, request));
      },
      current: (secretId) => current(options, client, ref, secretId),
    };
  },
});

const put = (options: Config, client: KubeClient, ref: ObjectRef, { clock }: PluginDeps, request: PutRequest) =>
  forceSync({
    client,
    clock,
    ref,
    target: targetOf(options).name,
    expected: expectedOf(options, request),
    mark: [versionAnnotation(request.secretId), request.version],
    waitMs: options.waitSeconds * 1000,
  });

/** The Secret that the operator writes. */
const targetOf = ({ namespace, name, secret = name }: Config) => ({ namespace, name: secret });

function expectedOf({ data = {}, versionKey }: Config, { version, values }: PutRequest): Secret {
  const fields = { ...values.reveal(), version };
  const texts = Object.entries(data).map(([key, template]) => [key, renderTemplate(template, fields)]);
  return Secret.of({ ...Object.fromEntries(texts), ...(versionKey !== undefined && { [versionKey]: version }) });
}

/** What was marked once it was so; where the Secret tells its version it must still be so. */
async function current(options: Config, client: KubeClient, ref: ObjectRef, secretId: string) {
  const { versionKey } = options;
  const found = await readExternalSecret(client, ref);
  const marked = annotationOf(found.metadata, versionAnnotation(secretId));
  if (marked === undefined || versionKey === undefined) return marked;
  const target = await readSecret(client, targetOf(options));
  return target !== undefined && holds(target, Secret.of({ [versionKey]: marked })) ? marked : undefined;
}
