import { expect, it, vi } from 'vitest';
import type { PluginDeps, RestarterClient, RestartRequest, RestartStatus } from '../../lib/core/ports.ts';
import { kubernetesRollout } from '../../lib/plugins/restarters/kubernetes-rollout.ts';
import type { KubeApi, KubeObject, PodFate } from '../support/kube-api.ts';
import { type Kind, newNamespace, workloadPath } from '../support/kube-objects.ts';
import { captureLog } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { clusterDeps, layOutWorkload } from './kubernetes-places.ts';

const NAME = 'orders-api';
const next: RestartRequest = {
  secretId: 'production/database/orders',
  consumer: NAME,
  rotationId: 'r-1',
  version: 'b'.repeat(32),
};
const back: RestartRequest = { ...next, rotationId: 'r-1-back', version: 'a'.repeat(32) };

export interface Workload {
  readonly namespace: string;
  readonly client: RestarterClient;
  readonly path: string;
  pods(): Promise<readonly string[]>;
}

const isOf = (rotationId: string) => (pod: KubeObject) =>
  pod.metadata.annotations?.['keyturn.dev/restarted-by'] === rotationId;

/** Until a restart has come to an end, one way or the other. */
export const outcome = (client: RestarterClient, request = next): Promise<RestartStatus> =>
  vi.waitFor(
    async () => {
      const status = await client.status(request);
      expect(status.state).not.toBe('pending');
      return status;
    },
    { timeout: 20_000, interval: 100 },
  );

/** A workload whose pods are all ready. */
export async function upAndRunning(
  api: KubeApi,
  {
    kind = 'deployment',
    spec = {},
    config = {},
    deps = {},
  }: { kind?: Kind; spec?: object; config?: object; deps?: Partial<PluginDeps> } = {},
): Promise<Workload> {
  const namespace = await newNamespace(api);
  await layOutWorkload(api, namespace, kind, NAME, spec);
  const place = { use: 'kubernetes-rollout', cluster: 'main', namespace, workload: `${kind}/${NAME}` };
  const client = await kubernetesRollout.create({ ...place, ...config }, pluginDeps({ ...clusterDeps(api), ...deps }));
  const pods = async () =>
    (await api.list(`/api/v1/namespaces/${namespace}/pods`)).map(({ metadata }) => metadata.name).sort();
  const path = workloadPath(namespace, kind, NAME);
  await vi.waitFor(async () => expect((await api.object(path)).status).toMatchObject({ observedGeneration: 1 }), {
    timeout: 10_000,
  });
  const wanted = (await api.object(path)).spec?.replicas;
  if (wanted !== 0 && kind === 'deployment')
    await vi.waitFor(async () => expect((await api.object(path)).status).toMatchObject({ readyReplicas: wanted }), {
      timeout: 10_000,
    });
  return { namespace, client, path, pods };
}

/** What befalls a workload, on the genuine controllers and on the fake ones. */
export function rolloutAccidents(api: () => KubeApi): void {
  const isStuck = (fate: PodFate) => api().decide((pod) => (isOf('r-1')(pod) ? fate : 'ready'));

  it('replaces every pod once, and does nothing for the same rotation again', async () => {
    api().decide(() => 'ready');
    const { client, pods } = await upAndRunning(api());
    const before = await pods();
    expect(await client.restart(next)).toBe('applied');
    expect(await outcome(client)).toMatchObject({ state: 'healthy' });
    const after = await pods();
    expect(after.filter((name) => before.includes(name))).toEqual([]);
    expect(await client.restart(next)).toBe('not-applied');
    expect([await pods(), await outcome(client)]).toEqual([after, expect.objectContaining({ state: 'healthy' })]);
  });

  it.each([
    ['paused', { paused: true }, 2, /paused/],
    ['scaled to zero', { replicas: 0 }, 0, /scaled to zero/],
  ])('refuses a workload that is %s, before it changes anything', async (_what, spec, replicas, says) => {
    api().decide(() => 'ready');
    const { client, path } = await upAndRunning(api(), { spec: { replicas } });
    await api().admin('PATCH', path, { spec });
    const { metadata } = await api().object(path);
    const failure = { name: 'RolloutFailed', message: expect.stringMatching(says) };
    await expect(client.restart(next)).rejects.toMatchObject(failure);
    expect((await api().object(path)).metadata.annotations).toEqual(metadata.annotations);
  });

  it.each([
    ['crash-loop', /pod orders-api-\S+, container app: CrashLoopBackOff after 4 restarts/],
    ['image-pull', /pod orders-api-\S+, container app: ImagePullBackOff/],
    ['unschedulable', /pod orders-api-\S+: Unschedulable/],
  ] as const)(
    'names the pod of a rollout that fails by %s, and undo goes back to the pods that run',
    async (fate, says) => {
      isStuck(fate);
      const { client, pods } = await upAndRunning(api(), { config: { unschedulableSeconds: 0 } });
      const before = await pods();
      await client.restart(next);
      expect(await outcome(client)).toEqual({ state: 'failed', why: expect.stringMatching(says) });
      expect(await client.undo(back)).toBe('applied');
      expect(await client.undo(back)).toBe('not-applied');
      await vi.waitFor(async () => expect(before).toEqual(expect.arrayContaining([...(await pods())])), {
        timeout: 10_000,
      });
      expect(await outcome(client, back)).toMatchObject({ state: 'healthy' });
    },
  );

  it('is pending while pods start, and failed past its deadline', async () => {
    isStuck('starting');
    const { client } = await upAndRunning(api(), { config: { deadlineSeconds: 30 } });
    await client.restart(next);
    expect(await client.status(next)).toMatchObject({ state: 'pending' });
    const later = { now: () => Date.now() + 31_000, sleep: async () => undefined };
    const slow = await upAndRunning(api(), { config: { deadlineSeconds: 30 } });
    await slow.client.restart(next);
    const place = {
      use: 'kubernetes-rollout',
      cluster: 'main',
      namespace: slow.namespace,
      workload: `deployment/${NAME}`,
    };
    const watcher = await kubernetesRollout.create(
      { ...place, deadlineSeconds: 30 },
      pluginDeps({ ...clusterDeps(api()), clock: later }),
    );
    await vi.waitFor(
      async () =>
        expect(await watcher.status(next)).toEqual({
          state: 'failed',
          why: expect.stringMatching(/not done within 30 s.*pod orders-api-\S+, container app: ContainerCreating/),
        }),
      { timeout: 10_000 },
    );
  });

  it('restarts back, and undoes that too where it fails', async () => {
    api().decide((pod) => (isOf('r-1')(pod) || isOf('r-1-back')(pod) ? 'crash-loop' : 'ready'));
    const { client, pods } = await upAndRunning(api());
    const before = await pods();
    await client.restart(next);
    expect(await outcome(client)).toMatchObject({ state: 'failed' });
    expect(await client.restart(back)).toBe('applied');
    expect(await outcome(client, back)).toMatchObject({ state: 'failed' });
    await client.undo(back);
    await vi.waitFor(async () => expect(before).toEqual(expect.arrayContaining([...(await pods())])), {
      timeout: 10_000,
    });
    expect(await outcome(client, back)).toMatchObject({ state: 'healthy' });
  });

  it('has a clear end when the workload is paused, changed or deleted meanwhile', async () => {
    isStuck('starting');
    const { client, path } = await upAndRunning(api());
    await client.restart(next);
    await api().admin('PATCH', path, { spec: { paused: true } });
    expect(await client.status(next)).toEqual({ state: 'failed', why: expect.stringContaining('paused') });
    const annotations = { 'keyturn.dev/version.production.database.orders': null, 'keyturn.dev/restarted-by': null };
    await api().admin('PATCH', path, { spec: { paused: false, template: { metadata: { annotations } } } });
    expect(await client.status(next)).toEqual({
      state: 'failed',
      why: expect.stringContaining('lost the annotations'),
    });
    await api().admin('DELETE', path);
    await expect(client.status(next)).rejects.toMatchObject({ name: 'RolloutFailed' });
  });

  it('warns of an image whose tag moves', async () => {
    api().decide(() => 'ready');
    const spec = (image: string) => ({
      template: { metadata: { labels: { app: NAME } }, spec: { containers: [{ name: 'app', image }] } },
    });
    for (const [image, warned] of [
      ['shop/orders:latest', 1],
      ['registry:5000/shop/orders', 1],
      ['registry:5000/shop/orders:1.4.2', 0],
      [`shop/orders@sha256:${'d'.repeat(64)}`, 0],
    ] as const) {
      const log = captureLog();
      const { client } = await upAndRunning(api(), { spec: spec(image), deps: { log } });
      await client.restart(next);
      expect(
        log.lines.filter((line) => line.includes('no fixed tag')),
        image,
      ).toHaveLength(warned);
    }
  });
}
