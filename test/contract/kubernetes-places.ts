import { onTestFinished } from 'vitest';
import type { PluginDeps } from '../../lib/core/ports.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { externalSecretPath, layOutExternalSecret, startEsoController } from '../support/eso-controller.ts';
import { type KEYTURN, type KubeApi, writeKubeconfig } from '../support/kube-api.ts';
import {
  type Kind,
  layOutSecret,
  newNamespace,
  othersPart,
  secretPath,
  workload,
  workloadPath,
} from '../support/kube-objects.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import type { PropagatorHarness } from './propagator-contract.ts';
import type { RestarterHarness } from './restarter-contract.ts';

const systemClock = { now: () => Date.now(), sleep: (ms: number) => new Promise<void>((done) => setTimeout(done, ms)) };

/** Looks more often than the plugin would. */
const quickClock = { ...systemClock, sleep: (ms: number) => systemClock.sleep(Math.min(ms, 20)) };

/** What a plugin needs to reach a cluster as an administrator, or with Keyturn's own token. */
export function clusterDeps(api: KubeApi, token?: typeof KEYTURN): Pick<PluginDeps, 'cluster' | 'fetch' | 'clock'> {
  const kubeconfig = writeKubeconfig(api, temporaryDirectory(), token);
  return { cluster: () => ({ kubeconfig }), fetch: guardedFetch(), clock: systemClock };
}

const read = async (api: KubeApi, namespace: string) => {
  const { DB_PASSWORD } = (await api.object(secretPath(namespace, 'orders-db'))).data ?? {};
  return DB_PASSWORD === undefined ? undefined : Buffer.from(DB_PASSWORD, 'base64').toString('utf8');
};

/** The same on the genuine API server and on the fake one. */
export const kubernetesSecretHarness = (api: () => KubeApi): PropagatorHarness => ({
  start: async () => {
    const namespace = await newNamespace(api());
    await layOutSecret(api(), namespace, 'orders-db');
    const data = { DB_PASSWORD: '{password}' };
    const config = { use: 'kubernetes-secret', cluster: 'main', namespace, name: 'orders-db', data };
    return {
      config,
      deps: clusterDeps(api()),
      broken: { config: { ...config, name: 'nowhere' }, error: 'CopyUnwritable', says: `${namespace}/nowhere` },
      read: () => read(api(), namespace),
      beside: {
        make: async () => undefined,
        look: async () => othersPart(await api().object(secretPath(namespace, 'orders-db')), ['DB_PASSWORD']),
      },
    };
  },
});

/** An operator of the test's own fetches what the place is fed with. */
export const externalSecretHarness = (api: () => KubeApi): PropagatorHarness => ({
  start: async () => {
    const namespace = await newNamespace(api());
    await layOutExternalSecret(api(), namespace, 'orders-db');
    const operator = startEsoController(api(), namespace);
    onTestFinished(operator.stop);
    const data = { DB_PASSWORD: '{password}' };
    const config = {
      use: 'external-secret',
      cluster: 'main',
      namespace,
      name: 'orders-db',
      versionKey: 'version',
      data,
    };
    return {
      config,
      deps: { ...clusterDeps(api()), clock: quickClock },
      broken: { config: { ...config, name: 'nowhere' }, error: 'CopyUnwritable', says: `${namespace}/nowhere` },
      feed: async ({ version, values }) =>
        operator.hold({ DB_PASSWORD: values.field('password') ?? '', version, SIBLING: 'of another entry' }),
      read: () => read(api(), namespace),
      beside: {
        make: async () => undefined,
        look: async () => {
          const { status: _status, ...rest } = await api().object(externalSecretPath(namespace, 'orders-db'));
          return othersPart(rest, []);
        },
      },
    };
  },
});

/** A workload that is up. */
export async function layOutWorkload(api: KubeApi, namespace: string, kind: Kind, name: string, spec: object = {}) {
  await api.admin('POST', workloadPath(namespace, kind), workload(kind, name, spec));
}

export const kubernetesRolloutHarness = (api: () => KubeApi, kind: Kind = 'deployment'): RestarterHarness => ({
  start: async () => {
    const namespace = await newNamespace(api());
    await layOutWorkload(api(), namespace, kind, 'orders-api');
    const place = { use: 'kubernetes-rollout', cluster: 'main', namespace };
    const generation = async () =>
      (await api().object(workloadPath(namespace, kind, 'orders-api'))).metadata.generation ?? 0;
    const first = await generation();
    return {
      config: { ...place, workload: `${kind}/orders-api` },
      deps: clusterDeps(api()),
      restarts: async () => (await generation()) - first,
      missing: { config: { ...place, workload: `${kind}/not-there` }, says: /not-there/ },
      stop: async () => undefined,
    };
  },
});
