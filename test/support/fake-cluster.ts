import { workloadSpec } from './fake-workload.ts';
import { type KubeObject, kubeObject, type PodFate, podStatus } from './kube-api.ts';

export interface Answer {
  readonly status: number;
  readonly json: unknown;
}

const refusal = (status: number, reason: string): Answer => ({
  status,
  json: {
    kind: 'Status',
    status: 'Failure',
    reason,
    code: status,
    message: `the server says ${reason} and what it likes`,
  },
});

/** Its collections, as the API serves them. */
const KNOWN =
  /^\/(api\/v1|apis\/apps\/v1|apis\/external-secrets\.io\/v1)\/(namespaces\/([^/]+)\/)?([a-z]+)(\/([^/]+))?(\/status)?$/;

/**
 * The part of a Kubernetes API that Keyturn calls, and of its controllers what a restart needs. Left out: logins, roles,
 * admission, validation, defaults, watches, field selectors, set-based selectors, pages, server-side apply, garbage collection, surges: a
 * template that changes gets its pods at once, and the old ones go as soon as all of the new are ready.
 */
export class FakeCluster {
  readonly #objects = new Map<string, KubeObject>();
  #version = 100;
  #fate: (pod: KubeObject) => PodFate = () => 'ready';
  /** Epoch ms by the cluster's clock. */
  clock: () => number = Date.now;
  /** Takes the place of answers while it gives one. */
  trouble: (method: string, path: string) => Answer | undefined = () => undefined;

  decide(fate: (pod: KubeObject) => PodFate): void {
    this.#fate = fate;
    for (const path of this.#objects.keys()) if (path.includes('/apps/')) this.#roll(path);
  }

  handle(method: string, url: string, body: string): Answer {
    const { pathname: path, searchParams } = new URL(url, 'https://fake');
    const trouble = this.trouble(method, path);
    if (trouble !== undefined) return trouble;
    const [, , , namespace, , , name] = KNOWN.exec(path) ?? [];
    if (!KNOWN.test(path)) return refusal(404, 'NotFound');
    const sent: unknown = body === '' ? undefined : JSON.parse(body);
    if (method === 'POST') return this.#create(path, namespace, kubeObject.parse(sent));
    if (method === 'GET' && name === undefined) return this.#list(path, searchParams.get('labelSelector') ?? '');
    const at = path.replace(/\/status$/, '');
    const found = this.#objects.get(at);
    if (found === undefined) return refusal(404, 'NotFound');
    if (method === 'PATCH') return this.#patch(at, found, sent, searchParams.get('fieldManager') ?? 'unknown');
    if (method === 'DELETE') this.#objects.delete(path);
    return { status: 200, json: found };
  }

  #create(path: string, namespace: string | undefined, sent: KubeObject): Answer {
    if (namespace !== undefined && !this.#objects.has(`/api/v1/namespaces/${namespace}`))
      return refusal(404, 'NotFound');
    const at = `${path}/${sent.metadata.name}`;
    if (this.#objects.has(at)) return refusal(409, 'AlreadyExists');
    const uid = `00000000-0000-4000-8000-${String(this.#version).padStart(12, '0')}`;
    const metadata = {
      ...sent.metadata,
      ...(namespace && { namespace }),
      uid,
      generation: 1,
      creationTimestamp: shown(this.clock()),
    };
    this.#write(at, { ...sent, metadata });
    if (path.includes('/apps/')) this.#roll(at);
    return { status: 201, json: this.#objects.get(at) };
  }

  #list(path: string, selector: string): Answer {
    const wanted = selector
      .split(',')
      .filter(Boolean)
      .map((term) => term.split('='));
    const items = [...this.#objects]
      .filter(([at]) => at.startsWith(`${path}/`) || (path === '/api/v1/pods' && at.includes('/pods/')))
      .map(([, object]) => object)
      .filter(({ metadata: { labels = {} } }) => wanted.every(([key = '', value]) => labels[key] === value));
    return { status: 200, json: { metadata: {}, items } };
  }

  #patch(path: string, found: KubeObject, sent: unknown, manager: string): Answer {
    const merged = kubeObject.parse(mergePatch(found, sent));
    if (merged.metadata.resourceVersion !== found.metadata.resourceVersion) return refusal(409, 'Conflict');
    if (JSON.stringify(merged) === JSON.stringify(found)) return { status: 200, json: found };
    if (immutable(found) && JSON.stringify(merged.data) !== JSON.stringify(found.data)) return refusal(422, 'Invalid');
    const hasChanged = JSON.stringify(merged.spec) !== JSON.stringify(found.spec);
    const generation = (found.metadata.generation ?? 1) + (hasChanged ? 1 : 0);
    const others = (found.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager);
    const managedFields = [...others, { manager, operation: 'Update', time: shown(this.clock()) }];
    this.#write(path, { ...merged, metadata: { ...merged.metadata, generation, managedFields } });
    if (path.includes('/apps/')) this.#roll(path);
    return { status: 200, json: this.#objects.get(path) };
  }

  #write(path: string, object: KubeObject): void {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    this.#objects.set(path, { ...object, metadata });
  }

  /** What the controllers of workloads do, all at once. */
  #roll(path: string): void {
    const found = this.#objects.get(path);
    if (found === undefined) return;
    const { name, namespace = '', generation } = found.metadata;
    const { replicas, template, paused } = workloadSpec.parse(found.spec);
    if (paused) return;
    const folder = `/api/v1/namespaces/${namespace}/pods/`;
    const revision = JSON.stringify(template);
    const mine = [...this.#objects].filter(([at, pod]) => at.startsWith(folder) && pod.metadata.ofWorkload === name);
    const fresh = mine.filter(([, pod]) => pod.metadata.revision === revision);
    for (let missing = replicas - fresh.length; missing > 0; missing -= 1) {
      const at = `${folder}${name}-${this.#version}`;
      const metadata = {
        name: `${name}-${this.#version}`,
        namespace,
        creationTimestamp: shown(this.clock()),
        ...template.metadata,
      };
      this.#write(at, kubeObject.parse({ metadata: { ...metadata, ofWorkload: name, revision } }));
      fresh.push([at, this.#at(at)]);
    }
    for (const [at] of fresh)
      this.#write(at, {
        ...this.#at(at),
        status: kubeObject.parse({ metadata: { name }, status: podStatus(this.#fate(this.#at(at))) }).status,
      });
    const ready = fresh.filter(([at]) => this.#fate(this.#at(at)) === 'ready').length;
    const old = mine.filter(([, pod]) => pod.metadata.revision !== revision);
    const surplus = ready === replicas ? [...old, ...fresh.slice(replicas)] : [];
    for (const [at] of surplus) this.#objects.delete(at);
    const replicasNow = replicas + (surplus.length > 0 ? 0 : old.length);
    const status = statusOf({ generation: generation ?? 1, replicas, ready, replicasNow });
    this.#write(path, { ...found, status });
  }

  #at(path: string): KubeObject {
    const found = this.#objects.get(path);
    if (found === undefined) throw new Error(`the fake has lost ${path}`);
    return found;
  }
}

/** As the server tells times: in whole seconds. */
const shown = (at: number) => new Date(at).toISOString().replace(/\.\d+/, '');

const immutable = (object: KubeObject) => object.immutable === true;

interface Counted {
  readonly generation: number;
  readonly replicas: number;
  readonly ready: number;
  readonly replicasNow: number;
}

/** One status for all kinds: each reader takes the fields of its own. */
const statusOf = ({ generation, replicas, ready, replicasNow }: Counted) => ({
  observedGeneration: generation,
  replicas: replicasNow,
  updatedReplicas: replicas,
  readyReplicas: ready,
  availableReplicas: ready,
  currentRevision: 'r',
  updateRevision: replicasNow === replicas ? 'r' : 's',
  desiredNumberScheduled: replicas,
  updatedNumberScheduled: replicas,
  numberAvailable: ready,
});

/** RFC 7396. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
