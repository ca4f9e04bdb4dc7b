import { z } from 'zod';
import { RotationError } from '../../core/errors.ts';
import { definePlugin } from '../../core/plugin.ts';
import type { PropagatorClient, PutRequest } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import { renderTemplate } from '../../core/template.ts';
import { versionAnnotation } from '../kubernetes/annotations.ts';
import { kubeClient } from '../kubernetes/kube-client.ts';
import { annotationOf } from '../kubernetes/metadata.ts';
import { objectName, place, templates } from '../kubernetes/names.ts';
import { SECRETS } from '../kubernetes/object-ref.ts';
import { holds, putSecretCopy, readSecret } from '../kubernetes/secret-copy.ts';
import { tlsProblem } from '../kubernetes/tls-pair.ts';

/** A layout leaves the type of a Secret that is there alone, unless its keys follow from it. */
const LAYOUTS = { opaque: undefined, tls: 'kubernetes.io/tls' } as const;

const TLS_KEYS = ['tls.crt', 'tls.key'];
const TLS_MAY_HAVE = [...TLS_KEYS, 'ca.crt'];

const config = z
  .strictObject({
    use: z.literal('kubernetes-secret'),
    ...place,
    /** Of the Secret. */
    name: objectName,
    layout: z.enum(['opaque', 'tls']).default('opaque'),
    data: templates,
    /** Makes the Secret where there is none; else that is an error. */
    create: z.boolean().default(false),
  })
  .refine(
    ({ layout, data }) =>
      layout !== 'tls' ||
      (TLS_KEYS.every((key) => Object.hasOwn(data, key)) &&
        Object.keys(data).every((key) => TLS_MAY_HAVE.includes(key))),
    { error: 'layout tls has the keys tls.crt and tls.key, and may have ca.crt', path: ['data'] },
  );
type Config = z.output<typeof config>;

/** Writes its own keys and its version annotation into a Secret, and leaves every other byte of it alone. */
export const kubernetesSecret = definePlugin({
  name: 'kubernetes-secret',
  summary: 'Keys of a Kubernetes Secret, in place',
  config,
  capabilities: ['sibling-fields'],
  clusterRules: ({ cluster, namespace, name, create }) => [
    { cluster, namespace, group: '', resource: 'secrets', name, verbs: ['get', 'patch'] },
    ...(create ? [{ cluster, namespace, group: '', resource: 'secrets', verbs: ['create'] as const }] : []),
  ],
  create: (options, deps): PropagatorClient => {
    const client = kubeClient(options.cluster, deps);
    const { namespace, name, create, layout } = options;
    return {
      put: (request) =>
        putSecretCopy(client, deps.clock, {
          ref: { ...SECRETS, namespace, name },
          type: LAYOUTS[layout],
          create,
          data: rendered(options, request),
          mark: [versionAnnotation(request.secretId), request.version],
          now: deps.clock.now(),
        }),
      holds: async (request) => {
        const found = await readSecret(client, { namespace, name });
        return found !== undefined && holds(found, rendered(options, request));
      },
      current: async (secretId) => {
        const found = await readSecret(client, { namespace, name });
        return found && annotationOf(found.metadata, versionAnnotation(secretId));
      },
    };
  },
});

function rendered({ data, layout, namespace, name }: Config, { version, values }: PutRequest): Secret {
  const fields = { ...values.reveal(), version };
  const texts = Object.fromEntries(
    Object.entries(data).map(([key, template]) => [key, renderTemplate(template, fields)]),
  );
  const detail = layout === 'tls' ? tlsProblem(texts) : undefined;
  if (detail !== undefined)
    throw new RotationError('CopyUnwritable', { subject: `secrets ${namespace}/${name}`, detail });
  return Secret.of(texts);
}
