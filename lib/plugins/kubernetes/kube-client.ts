import { z } from 'zod';
import { isRotationError, RotationError } from '../../core/errors.ts';
import type { FetchInit, FetchResponse } from '../../core/fetch.ts';
import { httpFailure } from '../../core/http-failure.ts';
import { jsonText } from '../../core/json-text.ts';
import type { PluginDeps } from '../../core/ports.ts';
import { type ClusterAccess, clusterAccess } from './cluster-access.ts';
import { MANAGER } from './metadata.ts';
import { collectionPath, type ObjectKind, type ObjectRef, objectPath, shownRef } from './object-ref.ts';

/** The API of one cluster. No error repeats a word of a reply, which may quote a value. */
export interface KubeClient {
  /** The cluster's name in keyturn.yaml. */
  readonly cluster: string;
  /** Milliseconds by which the cluster's clock was ahead of ours at the last reply, to a second. */
  clockAhead(): number;
  /** Undefined for an object that is not there. */
  get<Schema extends z.ZodType>(ref: ObjectRef, schema: Schema): Promise<z.output<Schema> | undefined>;
  /** A merge patch. @throws Conflict when the object has changed since `resourceVersion`, or is gone */
  patch(ref: ObjectRef, resourceVersion: string, change: object): Promise<void>;
  /** @throws Conflict when it is there already */
  create(ref: ObjectRef, object: object): Promise<void>;
  /** All objects of a kind in a namespace that a selector (`app=orders,tier in (a, b)`) fits. */
  list<Schema extends z.ZodType>(
    kind: ObjectKind,
    namespace: string,
    selector: string,
    schema: Schema,
  ): Promise<readonly z.output<Schema>[]>;
}

interface Call {
  readonly verb: 'get' | 'list' | 'patch' | 'create';
  readonly ref: ObjectRef;
  readonly path: string;
  readonly body?: object;
}

const METHODS = { get: 'GET', list: 'GET', patch: 'PATCH', create: 'POST' } as const;
const TYPES = { patch: 'application/merge-patch+json', create: 'application/json' } as const;

/** Objects of a page: a reply may have 1 MiB. */
const PAGE = 40;

const page = <Schema extends z.ZodType>(item: Schema) =>
  z.looseObject({ items: z.array(item), metadata: z.looseObject({ continue: z.string().optional() }) });

export function kubeClient(
  cluster: string,
  deps: Pick<PluginDeps, 'cluster' | 'baseDir' | 'fetch' | 'clock'>,
): KubeClient {
  let opened: Promise<ClusterAccess> | undefined;
  let ahead = 0;
  const call = async (asked: Call): Promise<FetchResponse> => {
    opened ??= clusterAccess(cluster, deps);
    const reply = await send(await opened, cluster, deps.fetch, asked);
    ahead = (Date.parse(reply.header('date') ?? '') || deps.clock.now()) - deps.clock.now();
    return reply;
  };
  return {
    cluster,
    clockAhead: () => ahead,
    get: async (ref, schema) => {
      const reply = await call({ verb: 'get', ref, path: objectPath(ref) });
      return reply.status === 404 ? undefined : parsed(schema, reply, ref);
    },
    patch: async (ref, resourceVersion, change) => {
      const body = merged(change, { metadata: { resourceVersion } });
      await call({ verb: 'patch', ref, path: `${objectPath(ref)}?fieldManager=${MANAGER}`, body });
    },
    create: async (ref, body) => {
      await call({ verb: 'create', ref, path: `${collectionPath(ref, ref.namespace)}?fieldManager=${MANAGER}`, body });
    },
    list: (kind, namespace, selector, schema) => listAll(call, { ...kind, namespace, name: '' }, selector, schema),
  };
}

async function listAll<Schema extends z.ZodType>(
  call: (asked: Call) => Promise<FetchResponse>,
  ref: ObjectRef,
  selector: string,
  schema: Schema,
): Promise<readonly z.output<Schema>[]> {
  const found: z.output<Schema>[] = [];
  let next: string | undefined = '';
  while (next !== undefined) {
    const query = new URLSearchParams({
      labelSelector: selector,
      limit: String(PAGE),
      ...(next && { continue: next }),
    });
    const reply = await call({ verb: 'list', ref, path: `${collectionPath(ref, ref.namespace)}?${query}` });
    const { items, metadata } = await parsed(page(schema), reply, ref);
    found.push(...items);
    next = metadata.continue || undefined;
  }
  return found;
}

const merged = (change: object, { metadata }: { metadata: object }): object => ({
  ...change,
  metadata: { ...('metadata' in change && typeof change.metadata === 'object' ? change.metadata : {}), ...metadata },
});

async function parsed<Schema extends z.ZodType>(schema: Schema, reply: FetchResponse, ref: ObjectRef) {
  const result = jsonText.pipe(schema).safeParse(await reply.text());
  if (result.success) return result.data;
  throw new RotationError('Unavailable', {
    subject: shownRef(ref),
    detail: 'the answer is not that of a Kubernetes API',
  });
}

async function send(
  { server, headers, tls }: ClusterAccess,
  cluster: string,
  fetch: PluginDeps['fetch'],
  { verb, ref, path, body }: Call,
): Promise<FetchResponse> {
  const written = verb === 'patch' || verb === 'create' ? { 'Content-Type': TYPES[verb] } : {};
  const init: FetchInit = {
    ...tls,
    method: METHODS[verb],
    headers: { Accept: 'application/json', ...written, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  const reply = await fetch(`${server}${path}`, init).catch((error: unknown) => {
    throw isRotationError(error, 'Unavailable', 'OutcomeUnknown') ? named(error, cluster, ref) : error;
  });
  if (reply.status < 300 || (verb === 'get' && reply.status === 404)) return reply;
  throw refusal(cluster, { verb, ref, path }, reply.status);
}

const named = ({ name, subject, code }: RotationError, cluster: string, ref: ObjectRef) =>
  new RotationError(name, { subject: `${shownRef(ref)} on cluster ${cluster}, ${subject}`, ...(code && { code }) });

function refusal(cluster: string, { verb, ref }: Call, status: number): RotationError {
  const subject = `${shownRef(ref)} on cluster ${cluster}`;
  const code = `http-${status}`;
  if (status === 401)
    return new RotationError('AccessDenied', { subject, detail: "the kubeconfig's credential is refused", code });
  if (status === 403) return new RotationError('AccessDenied', { subject, detail: notGranted(verb, ref), code });
  if (status === 409 || (status === 404 && verb === 'patch')) return new RotationError('Conflict', { subject, code });
  if (status === 404)
    return new RotationError('ConfigInvalid', {
      subject,
      detail: `the cluster has no namespace ${ref.namespace}, or does not serve ${ref.group}/${ref.version}`,
      code,
    });
  // A gateway's or the server's own time-out may come after the change was made.
  if (verb !== 'get' && verb !== 'list' && (status === 500 || status === 504))
    return new RotationError('OutcomeUnknown', { subject, code });
  return httpFailure(subject, status, 'ConfigInvalid');
}

function notGranted(verb: string, { group, resource, namespace, name }: ObjectRef): string {
  const what = group === '' ? resource : `${resource}.${group}`;
  const which = name === '' ? '' : ` "${name}"`;
  return `verb "${verb}" on ${what}${which} in namespace ${namespace} is refused, by RBAC or by an admission rule; \`keyturn kubernetes rbac\` prints what is needed`;
}
