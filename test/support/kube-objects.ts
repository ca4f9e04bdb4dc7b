import { type KubeApi, type KubeObject, kubeObject } from './kube-api.ts';

let spaces = 0;

/** A namespace of a test's own. @returns its name */
export async function newNamespace({ admin }: Pick<KubeApi, 'admin'>): Promise<string> {
  spaces += 1;
  const name = `shop-${spaces}`;
  await admin('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

export const secretPath = (namespace: string, name = '') =>
  `/api/v1/namespaces/${namespace}/secrets/${name}`.replace(/\/$/, '');

export const workloadPath = (namespace: string, kind = 'deployment', name = '') =>
  `/apis/apps/v1/namespaces/${namespace}/${kind}s/${name}`.replace(/\/$/, '');

export const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

/** A Secret as people and programs have left it: of a kind of owner that does not write into it, with data of others. */
export async function layOutSecret(api: Pick<KubeApi, 'admin'>, namespace: string, name: string, more: object = {}) {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const parent = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${name}-parent` } };
  const { uid } = kubeObject.parse(await api.admin('POST', path, parent)).metadata;
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    data: { SIBLING: base64('bytes \u0000 of another\n'), EMPTY: '' },
    ...more,
    metadata: {
      name,
      labels: { app: 'orders', 'example.com/team': 'shop' },
      annotations: {
        'example.com/note': 'by hand: "quoted" ü',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: `${name}-parent`, uid }],
      ...('metadata' in more && typeof more.metadata === 'object' ? more.metadata : {}),
    },
  };
  await api.admin('POST', secretPath(namespace), secret);
}

/** All of a Secret that is not Keyturn's. */
export function othersPart({ metadata, data = {}, ...rest }: KubeObject, ours: readonly string[]): unknown {
  const {
    resourceVersion: _version,
    generation: _generation,
    managedFields: _fields,
    annotations = {},
    ...kept
  } = metadata;
  const notOurs = (entries: Readonly<Record<string, string>>, isOurs: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => !isOurs(name)));
  return {
    ...rest,
    metadata: {
      ...kept,
      annotations: notOurs(annotations, (name) => name === 'force-sync' || name.startsWith('keyturn.dev/')),
    },
    data: notOurs(data, (name) => ours.includes(name)),
  };
}

const KINDS = { deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet' } as const;
export type Kind = keyof typeof KINDS;

/** A workload of one container. */
export const workload = (kind: Kind, name: string, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: KINDS[kind],
  metadata: { name, labels: { app: name } },
  spec: {
    ...(kind !== 'daemonset' && { replicas: 2 }),
    ...(kind === 'statefulset' && { serviceName: name, podManagementPolicy: 'Parallel' }),
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations: { 'example.com/scrape': 'true' } },
      spec: { containers: [{ name: 'app', image: 'shop/orders:1.4.2' }] },
    },
    ...spec,
  },
});
