import { setTimeout as pause } from 'node:timers/promises';
import { type KubeApi, type KubeObject, kubeObject } from './kube-api.ts';
import { base64, secretPath } from './kube-objects.ts';

export const externalSecretPath = (namespace: string, name = '') =>
  `/apis/external-secrets.io/v1/namespaces/${namespace}/externalsecrets/${name}`.replace(/\/$/, '');

/** How often it looks, milliseconds. */
const PERIOD = 50;

/**
 * Stands for External Secrets Operator in one namespace: when an annotation has changed it copies what its store holds into
 * the Secret and tells so in the status, as the operator does. Left out: stores, templates, intervals, policies, and the copy of labels and
 * annotations.
 */
export function startEsoController({ admin, list }: Pick<KubeApi, 'admin' | 'list'>, namespace: string) {
  let store: Readonly<Record<string, string>> = {};
  let isRunning = true;
  let isAsleep = false;
  const seen = new Map<string, string>();
  const sync = async (found: KubeObject) => {
    const { name, annotations } = found.metadata;
    const version = JSON.stringify(annotations ?? {});
    if (seen.get(name) === version) return;
    const data = Object.fromEntries(Object.entries(store).map(([key, value]) => [key, base64(value)]));
    await admin('PATCH', secretPath(namespace, name), { data });
    const status = {
      refreshTime: new Date().toISOString(),
      syncedResourceVersion: `1-${version.length}-${seen.size}-${Date.now()}`,
    };
    const conditions = [{ type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'secret synced' }];
    await admin('PATCH', `${externalSecretPath(namespace, name)}/status`, { status: { ...status, conditions } });
    seen.set(name, version);
  };
  const loop = (async () => {
    while (isRunning) {
      for (const found of isAsleep ? [] : await list(externalSecretPath(namespace))) await sync(found);
      await pause(PERIOD);
    }
  })();
  return {
    /** What its store holds from now on. */
    hold: (fields: Readonly<Record<string, string>>) => {
      store = fields;
    },
    sleep: () => {
      isAsleep = true;
    },
    stop: async () => {
      isRunning = false;
      await loop;
    },
  };
}

/** An ExternalSecret and the Secret that it has made already. */
export async function layOutExternalSecret(
  { admin }: Pick<KubeApi, 'admin'>,
  namespace: string,
  name: string,
  spec: object = {},
) {
  const store = { secretStoreRef: { kind: 'SecretStore', name: 'vault' } };
  const body = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, labels: { app: 'orders' }, annotations: { 'example.com/note': 'by hand' } },
    spec: { refreshInterval: '1h', ...store, dataFrom: [{ extract: { key: 'database/orders' } }], ...spec },
  };
  const { uid } = kubeObject.parse(await admin('POST', externalSecretPath(namespace), body)).metadata;
  const owner = { apiVersion: body.apiVersion, kind: body.kind, name, uid, controller: true, blockOwnerDeletion: true };
  const metadata = { name, ownerReferences: [owner], labels: { 'reconcile.external-secrets.io/managed': 'true' } };
  await admin('POST', secretPath(namespace), { apiVersion: 'v1', kind: 'Secret', metadata });
}
