import { z } from 'zod';
import { isRotationError, RotationError } from '../../core/errors.ts';
import type { Change, Clock } from '../../core/ports.ts';
import { Secret } from '../../core/secret.ts';
import { absent } from './absent.ts';
import { WRITTEN_AT } from './annotations.ts';
import { type Edit, editObject } from './edit-object.ts';
import type { KubeClient } from './kube-client.ts';
import { annotationOf, metadata } from './metadata.ts';
import { type ObjectRef, SECRETS, shownRef } from './object-ref.ts';
import { foreignOwner } from './owners.ts';

const secretObject = z.looseObject({
  metadata,
  type: z.string().optional(),
  immutable: z.boolean().default(false),
  data: z.record(z.string(), z.string()).default({}),
});
type SecretObject = z.output<typeof secretObject>;

/** A Secret as it is, or undefined where there is none. */
export function readSecret(
  client: KubeClient,
  place: Pick<ObjectRef, 'namespace' | 'name'>,
): Promise<SecretObject | undefined> {
  return client.get({ ...SECRETS, ...place }, secretObject);
}

export interface SecretCopy {
  readonly ref: ObjectRef;
  /** What a new Secret has, and one that is there must have; undefined for any. */
  readonly type: string | undefined;
  /** Whether a Secret that is not there is made. */
  readonly create: boolean;
  /** Key -> text. */
  readonly data: Secret;
  /** Annotation and its value: the version. */
  readonly mark: readonly [name: string, version: string];
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Brings data and mark to a Secret; whatever else it holds stays as it is.
 *
 * @throws CopyUnwritable, ForeignOwner, Conflict
 */
export async function putSecretCopy(client: KubeClient, clock: Clock, copy: SecretCopy): Promise<Change> {
  if (copy.create && (await make(client, copy)) === 'applied') return 'applied';
  return editObject(client, copy.ref, secretObject, clock, async (found) => {
    if (found === undefined) throw await absent(client, copy.ref, 'CopyUnwritable', '; create: true would make it');
    return editOf(client, copy, found);
  });
}

async function make(client: KubeClient, copy: SecretCopy): Promise<Change> {
  if ((await readSecret(client, copy.ref)) !== undefined) return 'not-applied';
  const { namespace, name } = copy.ref;
  try {
    await client.create(copy.ref, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name, annotations: marksOf(copy) },
      type: copy.type ?? 'Opaque',
      data: encoded(copy.data),
    });
    return 'applied';
  } catch (error) {
    if (!isRotationError(error, 'Conflict')) throw error;
    return 'not-applied';
  }
}

function editOf({ cluster }: KubeClient, copy: SecretCopy, found: SecretObject): Edit {
  const subject = `${shownRef(copy.ref)} on cluster ${cluster}`;
  const owner = foreignOwner(found.metadata);
  if (owner !== undefined) throw new RotationError('ForeignOwner', { subject, detail: `its owner is ${owner}` });
  const [annotation, version] = copy.mark;
  if (annotationOf(found.metadata, annotation) === version && holds(found, copy.data)) return 'unchanged';
  const detail = obstacle(copy, found);
  if (detail !== undefined) throw new RotationError('CopyUnwritable', { subject, detail });
  const change = { metadata: { annotations: marksOf(copy) }, data: encoded(copy.data) };
  return { resourceVersion: found.metadata.resourceVersion, change };
}

const marksOf = ({ mark: [annotation, version], now }: SecretCopy) => ({
  [annotation]: version,
  [WRITTEN_AT]: new Date(now).toISOString(),
});

function obstacle({ type }: SecretCopy, found: SecretObject): string | undefined {
  if (found.metadata.deletionTimestamp !== undefined) return 'it is being deleted';
  if (found.immutable) return 'it is immutable: make another Secret and have the workload name that one';
  if (type !== undefined && found.type !== type) return `its type is ${found.type ?? 'Opaque'}, expected ${type}`;
  return undefined;
}

/** Whether a Secret holds these texts, compared in constant time. */
export function holds({ data }: Pick<SecretObject, 'data'>, wanted: Secret): boolean {
  const found = wanted.names().map((name) => [name, Object.hasOwn(data, name) ? data[name] : undefined]);
  if (found.some(([, value]) => value === undefined)) return false;
  return Secret.of(encoded(wanted)).equals(Secret.of(Object.fromEntries(found)));
}

const encoded = (data: Secret): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(data.reveal()).map(([name, text]) => [name, Buffer.from(text, 'utf8').toString('base64')]),
  );
