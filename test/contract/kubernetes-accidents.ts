import { expect, it } from 'vitest';
import type { PluginDeps, PropagatorClient, PutRequest } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { kubernetesSecret } from '../../lib/plugins/propagators/kubernetes-secret.ts';
import { layOutExternalSecret } from '../support/eso-controller.ts';
import type { KubeApi } from '../support/kube-api.ts';
import { base64, layOutSecret, newNamespace, othersPart, secretPath } from '../support/kube-objects.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { clusterDeps } from './kubernetes-places.ts';

const secretId = 'production/database/orders';
const putOf = (version: string, password: string): PutRequest => ({
  secretId,
  version: version.repeat(32),
  values: Secret.of({ password }),
});

/** What befalls a Secret, on the genuine API server and on the fake one. */
export function secretAccidents(api: () => KubeApi): void {
  const open = async (
    namespace: string,
    more: object = {},
    deps: Partial<PluginDeps> = {},
  ): Promise<PropagatorClient> => {
    const config = {
      use: 'kubernetes-secret',
      cluster: 'main',
      namespace,
      name: 'orders-db',
      data: { PW: '{password}' },
    };
    return kubernetesSecret.create({ ...config, ...more }, pluginDeps({ ...clusterDeps(api()), ...deps }));
  };
  const look = (namespace: string) => api().object(secretPath(namespace, 'orders-db'));
  const laidOut = async (more: object = {}) => {
    const namespace = await newNamespace(api());
    await layOutSecret(api(), namespace, 'orders-db', more);
    return namespace;
  };

  it.each([
    ['is immutable', { immutable: true }, 'CopyUnwritable', 'immutable'],
    [
      'carries the mark of an operator',
      { metadata: { labels: { 'reconcile.external-secrets.io/managed': 'true' } } },
      'ForeignOwner',
      'External Secrets Operator',
    ],
    [
      'is tracked by Argo CD',
      { metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:/Secret:shop/orders-db' } } },
      'ForeignOwner',
      'Argo CD',
    ],
  ])('refuses one that %s, and leaves it alone', async (_what, more, name, says) => {
    const namespace = await laidOut(more);
    const before = await look(namespace);
    const put = (await open(namespace)).put(putOf('a', 'x'));
    await expect(put).rejects.toMatchObject({ name, message: expect.stringContaining(says) });
    expect(await look(namespace)).toEqual(before);
  });

  it('refuses one that a controller owns, and leaves it alone', async () => {
    const namespace = await newNamespace(api());
    await layOutExternalSecret(api(), namespace, 'orders-db');
    const before = await look(namespace);
    const failure = { name: 'ForeignOwner', message: expect.stringContaining('ExternalSecret orders-db') };
    await expect((await open(namespace)).put(putOf('a', 'x'))).rejects.toMatchObject(failure);
    expect(await look(namespace)).toEqual(before);
  });

  it('says that a Secret or its namespace is missing, and makes the former when told to', async () => {
    const namespace = await newNamespace(api());
    const missing = {
      name: 'CopyUnwritable',
      message: expect.stringMatching(/secrets shop-\d+\/orders-db.*it is not there/),
    };
    await expect((await open(namespace)).put(putOf('a', 'x'))).rejects.toMatchObject(missing);
    const nowhere = { name: 'CopyUnwritable', message: expect.stringContaining('namespace nowhere is missing') };
    await expect((await open('nowhere')).put(putOf('a', 'x'))).rejects.toMatchObject(nowhere);
    const maker = await open(namespace, { create: true });
    expect([await maker.put(putOf('a', 'x')), await maker.put(putOf('a', 'x'))]).toEqual(['applied', 'not-applied']);
    expect(await look(namespace)).toMatchObject({ type: 'Opaque', data: { PW: base64('x') } });
    const lost = { name: 'ConfigInvalid', message: expect.stringContaining('no namespace nowhere') };
    await expect((await open('nowhere', { create: true })).put(putOf('a', 'x'))).rejects.toMatchObject(lost);
  });

  it('thinks again when another writer was faster, and loses nothing of theirs', async () => {
    const namespace = await laidOut();
    const { fetch } = clusterDeps(api());
    let races = 2;
    const racing: PluginDeps['fetch'] = async (url, init) => {
      if (init?.method === 'PATCH' && races > 0) {
        races -= 1;
        const change = { metadata: { labels: { race: String(races) } }, data: { [`THEIRS_${races}`]: base64('kept') } };
        await api().admin('PATCH', secretPath(namespace, 'orders-db'), change);
      }
      return fetch(url, init);
    };
    expect(await (await open(namespace, {}, { fetch: racing })).put(putOf('a', 'ours'))).toBe('applied');
    expect(await look(namespace)).toMatchObject({
      metadata: { labels: { race: '0', app: 'orders' } },
      data: { THEIRS_0: base64('kept'), THEIRS_1: base64('kept'), PW: base64('ours') },
    });
  });

  it('gives up on a writer that never rests, and has changed nothing', async () => {
    const namespace = await laidOut();
    const { fetch } = clusterDeps(api());
    let beat = 0;
    const racing: PluginDeps['fetch'] = async (url, init) => {
      beat += 1;
      const labels = { race: String(beat) };
      if (init?.method === 'PATCH')
        await api().admin('PATCH', secretPath(namespace, 'orders-db'), { metadata: { labels } });
      return fetch(url, init);
    };
    const put = (await open(namespace, {}, { fetch: racing })).put(putOf('a', 'ours'));
    await expect(put).rejects.toMatchObject({ name: 'Conflict' });
    expect((await look(namespace)).data).not.toHaveProperty('PW');
  });

  it('brings a value again that another program has changed under its version', async () => {
    const namespace = await laidOut();
    const client = await open(namespace);
    await client.put(putOf('a', 'ours'));
    await api().admin('PATCH', secretPath(namespace, 'orders-db'), { data: { PW: base64('theirs') } });
    expect(await client.put(putOf('a', 'ours'))).toBe('applied');
    expect((await look(namespace)).data?.PW).toBe(base64('ours'));
  });

  it('changes data and marks of its own only, byte for byte', async () => {
    const namespace = await laidOut({ type: 'example.com/orders' });
    const before = othersPart(await look(namespace), ['PW']);
    const client = await open(namespace);
    for (const version of ['a', 'b', 'a']) await client.put(putOf(version, `value ${version}`));
    expect(JSON.stringify(othersPart(await look(namespace), ['PW']))).toBe(JSON.stringify(before));
  });
}
