import type { FetchInit, FetchResponse } from '../../lib/core/fetch.ts';
import { versionAnnotation } from '../../lib/plugins/kubernetes/annotations.ts';
import { FakeCluster } from './fake-cluster.ts';
import { workload, workloadPath } from './kube-objects.ts';

/** A `fetch` whose every URL leads to a cluster. */
export const fakeFetch =
  (cluster: FakeCluster, date?: Date) =>
  async (url: string, { method = 'GET', body = '' }: FetchInit = {}): Promise<FetchResponse> => {
    const { status, json } = cluster.handle(method, url.replace(/^https:\/\/[^/]+/, ''), body);
    return {
      status,
      header: (name) => (name === 'date' ? date?.toUTCString() : undefined),
      text: async () => JSON.stringify(json),
    };
  };

/** A `fetch` to a cluster in which a workload's pods carry a version of a secret. */
export function podsFetch(namespace: string, name: string, carried: { secretId: string; version: string }) {
  const cluster = new FakeCluster();
  const send = (method: string, path: string, body: object) => cluster.handle(method, path, JSON.stringify(body));
  send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  send('POST', workloadPath(namespace), workload('deployment', name));
  const annotations = { [versionAnnotation(carried.secretId)]: carried.version };
  send('PATCH', workloadPath(namespace, 'deployment', name), { spec: { template: { metadata: { annotations } } } });
  return fakeFetch(cluster);
}
