import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../lib/core/secret.ts';
import { kubernetesPods } from '../../lib/plugins/verifiers/kubernetes-pods.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { fakeFetch } from '../support/fake-pods.ts';
import { DIGEST } from '../support/kube-api.ts';
import { secretPath, workload, workloadPath } from '../support/kube-objects.ts';
import { pluginDeps } from '../support/plugin-deps.ts';
import { stubTarget } from '../support/stub-target.ts';

const ID = 'production.database.orders';
const [OLD, NEW] = ['a'.repeat(32), 'b'.repeat(32)];
const MINUTE = 60_000;
/** When the new value was installed, by Keyturn's clock. */
const installedAt = Date.UTC(2026, 0, 1, 12);
const at = (minutes: number) => new Date(installedAt + minutes * MINUTE).toISOString();

interface Made {
  /** Minutes after the new value was installed. */
  readonly born: number;
  /** What its template says: of which version, since when. */
  readonly version?: string;
  readonly since?: number;
  /** When any restart made that template. */
  readonly restarted?: number;
}

const pod = (name: string, { version, since, restarted }: Made) => ({
  metadata: {
    name,
    labels: { app: 'orders-api' },
    annotations: {
      ...(version && { [`keyturn.dev/version.${ID}`]: version }),
      ...(since !== undefined && { [`keyturn.dev/since.${ID}`]: at(since) }),
      ...(restarted !== undefined && { 'keyturn.dev/restarted-at': at(restarted) }),
    },
  },
  status: {
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'app', imageID: `docker.io/shop/orders@${DIGEST}` }],
  },
});

interface World {
  readonly pods: readonly Made[];
  /** The Secret: its version and when it was written. */
  readonly copy?: { readonly version: string; readonly written: number };
  /** The last restart was undone. */
  readonly undone?: boolean;
  /** Minutes by which the cluster's clock is ahead. */
  readonly ahead?: number;
}

const credential = (version: string) => ({ version, value: Secret.of({ password: 'x' }) });

async function verdictOn(expected: string, { pods, copy, undone = false, ahead = 0 }: World) {
  const cluster = new FakeCluster();
  const send = (method: string, path: string, body: object) => {
    const { status } = cluster.handle(method, path, JSON.stringify(body));
    if (status > 299) throw new Error(`${method} ${path}: ${status}`);
  };
  send('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const before = { by: 'r-1', annotations: { [`keyturn.dev/version.${ID}`]: null }, undone };
  const annotations = { 'keyturn.dev/before-restart': JSON.stringify(before) };
  const { metadata, ...rest } = workload('deployment', 'orders-api', { replicas: 0 });
  send('POST', workloadPath('shop'), { ...rest, metadata: { ...metadata, annotations } });
  for (const [index, made] of pods.entries()) {
    cluster.clock = () => installedAt + made.born * MINUTE;
    send('POST', '/api/v1/namespaces/shop/pods', pod(`pod-${index}`, made));
  }
  const marks = copy && { [`keyturn.dev/version.${ID}`]: copy.version, 'keyturn.dev/written-at': at(copy.written) };
  if (marks) send('POST', secretPath('shop'), { metadata: { name: 'orders-db', annotations: marks } });
  const now = installedAt + 60 * MINUTE;
  const deps = pluginDeps({
    fetch: fakeFetch(cluster, new Date(now + ahead * MINUTE)),
    clock: { now: () => now, sleep: async () => undefined },
  });
  const place = { use: 'kubernetes-pods', cluster: 'main', namespace: 'shop', workload: 'deployment/orders-api' };
  const verifier = await kubernetesPods.create({ ...place, ...(copy && { secret: 'orders-db' }) }, deps);
  const request = { secretId: 'production/database/orders', consumer: 'orders-api', target: stubTarget(), installedAt };
  return verifier.check({
    ...request,
    expected: credential(expected),
    other: credential(expected === NEW ? OLD : NEW),
  });
}

describe('a pod', () => {
  it.each<[string, 'verified' | 'rejected' | 'inconclusive', string, World]>([
    ['restarted for the version', 'verified', NEW, { pods: [{ born: 5, version: NEW, since: 4 }] }],
    ['of the other version', 'rejected', NEW, { pods: [{ born: -5, version: OLD, since: -6 }] }],
    ['without any version', 'rejected', NEW, { pods: [{ born: -5 }] }],
    ['beside one that is not', 'rejected', NEW, { pods: [{ born: 5, version: NEW, since: 4 }, { born: -5 }] }],
    ['that is not there', 'inconclusive', NEW, { pods: [] }],
    ['of the old version that runs since before', 'verified', OLD, { pods: [{ born: -5, version: OLD, since: -6 }] }],
    ['of an old template, made anew meanwhile', 'rejected', OLD, { pods: [{ born: 5, version: OLD, since: -6 }] }],
    ['of the way back', 'verified', OLD, { pods: [{ born: 9, version: OLD, since: 8 }] }],
    [
      'made by a restart for another secret meanwhile',
      'rejected',
      OLD,
      { pods: [{ born: 5, version: OLD, since: -6, restarted: 4 }] },
    ],
    ['of before the first rotation, which was undone', 'verified', OLD, { pods: [{ born: -5 }], undone: true }],
    ['made anew since, of one that was undone', 'rejected', OLD, { pods: [{ born: 5 }], undone: true }],
    ['made after the Secret was written', 'verified', NEW, { pods: [{ born: 5 }], copy: { version: NEW, written: 4 } }],
    [
      'made before the Secret was written',
      'rejected',
      NEW,
      { pods: [{ born: 3 }], copy: { version: NEW, written: 4 } },
    ],
    [
      'restarted for another secret after the copy',
      'verified',
      NEW,
      { pods: [{ born: 4, version: OLD, since: -6, restarted: 4 }], copy: { version: NEW, written: 4 } },
    ],
    [
      'whose Secret holds another version',
      'rejected',
      NEW,
      { pods: [{ born: 5, version: NEW, since: 4 }], copy: { version: OLD, written: 4 } },
    ],
    ['told by a clock that is ahead', 'verified', OLD, { pods: [{ born: 1, version: OLD, since: -6 }], ahead: 5 }],
    ['told by a clock that is behind', 'rejected', OLD, { pods: [{ born: -1, version: OLD, since: -6 }], ahead: -5 }],
  ])('%s is %s', async (_what, verdict, expected, world) => {
    expect(await verdictOn(expected, world)).toMatchObject({ verdict, why: expect.stringMatching(/\S{3,}/) });
  });

  it('is told with the digests of its images', async () => {
    const { why } = await verdictOn(NEW, {
      pods: [
        { born: 5, version: NEW, since: 4 },
        { born: 6, version: NEW, since: 4 },
      ],
    });
    expect(why).toBe(`2 ready pods carry ${NEW}; images: app ${DIGEST}`);
  });

  it('whose annotation is no version id is not repeated', async () => {
    const { why } = await verdictOn(NEW, { pods: [{ born: 5, version: 'hunter-2', since: 4 }] });
    expect(z.string().parse(why)).not.toContain('hunter-2');
  });
});
