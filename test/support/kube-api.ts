import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { z } from 'zod';

/** An object of a cluster, as far as the tests look into it. */
export const kubeObject = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    uid: z.string().optional(),
    resourceVersion: z.string().optional(),
    generation: z.number().optional(),
    creationTimestamp: z.string().optional(),
    deletionTimestamp: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
    ownerReferences: z.array(z.looseObject({})).optional(),
    managedFields: z.array(z.looseObject({ manager: z.string().optional() })).optional(),
  }),
  type: z.string().optional(),
  data: z.record(z.string(), z.string()).optional(),
  spec: z.looseObject({}).optional(),
  status: z.looseObject({}).optional(),
});
export type KubeObject = z.output<typeof kubeObject>;

/** A cluster for tests: the genuine API server, or the fake one. */
export interface KubeApi {
  readonly origin: string;
  readonly caFile: string;
  /** An administrator's call. @throws for every refusal, with the status in its message */
  admin(method: string, path: string, body?: object): Promise<unknown>;
  object(path: string): Promise<KubeObject>;
  list(path: string): Promise<readonly KubeObject[]>;
  /** What becomes of pods from now on. */
  decide(fate: (pod: KubeObject) => PodFate): void;
  stop(): Promise<void>;
}

export const ADMIN = 'admin-token';
/** May do nothing until a Role says so; the fake does not know roles and lets it do everything. */
export const KEYTURN = 'keyturn-token';

export interface KubeAddress {
  readonly origin: string;
  readonly caFile: string;
}

/** A kubeconfig with a token. @returns the file */
export function writeKubeconfig({ origin, caFile }: KubeAddress, folder: string, token = ADMIN): string {
  const file = join(folder, 'kubeconfig.yaml');
  const text = `apiVersion: v1
kind: Config
clusters: [{ name: test, cluster: { server: "${origin}", certificate-authority: ${JSON.stringify(caFile)} } }]
users: [{ name: keyturn, user: { token: ${token} } }]
contexts: [{ name: test, context: { cluster: test, user: keyturn } }]
current-context: test
`;
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

export function administered({ origin, caFile }: KubeAddress): Pick<KubeApi, 'admin' | 'object' | 'list'> {
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile, 'utf8') } });
  const admin = async (method: string, path: string, body?: object): Promise<unknown> => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { Authorization: `Bearer ${ADMIN}`, 'Content-Type': type };
    const sent = body === undefined ? null : JSON.stringify(body);
    const reply = await request(`${origin}${path}`, { dispatcher, method, headers, body: sent });
    const text = await reply.body.text();
    if (reply.statusCode < 300) return JSON.parse(text);
    throw new Error(`${method} ${path}: ${reply.statusCode} ${text}`);
  };
  return {
    admin,
    object: async (path) => kubeObject.parse(await admin('GET', path)),
    list: async (path) => z.object({ items: z.array(kubeObject) }).parse(await admin('GET', path)).items,
  };
}

export type PodFate = 'ready' | 'starting' | 'crash-loop' | 'image-pull' | 'unschedulable';

export const DIGEST = `sha256:${'d'.repeat(64)}`;

const container = (state: object, ready: boolean, restartCount = 0) => ({
  name: 'app',
  image: 'shop/orders:1.4.2',
  imageID: ready ? `docker.io/shop/orders@${DIGEST}` : '',
  ready,
  restartCount,
  state,
});

const condition = (type: string, holds: boolean, reason?: string) => ({
  type,
  status: holds ? 'True' : 'False',
  lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ''),
  ...(reason !== undefined && { reason }),
});

const notReady = [condition('PodScheduled', true), condition('Ready', false, 'ContainersNotReady')];
const waiting = (reason: string, restarts = 0) => ({
  phase: 'Pending',
  conditions: notReady,
  containerStatuses: [container({ waiting: { reason, message: 'a node says what it likes' } }, false, restarts)],
});

/** The status that a node gives a pod of such a fate. */
export const podStatus = (fate: PodFate): object =>
  ({
    ready: {
      phase: 'Running',
      conditions: [condition('PodScheduled', true), condition('Ready', true)],
      containerStatuses: [container({ running: { startedAt: new Date().toISOString().replace(/\.\d+/, '') } }, true)],
    },
    starting: waiting('ContainerCreating'),
    'crash-loop': waiting('CrashLoopBackOff', 4),
    'image-pull': waiting('ImagePullBackOff'),
    unschedulable: { phase: 'Pending', conditions: [condition('PodScheduled', false, 'Unschedulable')] },
  })[fate];
