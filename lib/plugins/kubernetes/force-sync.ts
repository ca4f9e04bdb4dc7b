import { RotationError } from '../../core/errors.ts';
import type { Change, Clock } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';
import { absent } from './absent.ts';
import { editObject } from './edit-object.ts';
import { type ExternalSecret, externalSecretObject, syncReason } from './external-secret-object.ts';
import type { KubeClient } from './kube-client.ts';
import { annotationOf } from './metadata.ts';
import { type ObjectRef, shownRef } from './object-ref.ts';
import { holds, readSecret } from './secret-copy.ts';

/** Any change of an annotation makes the operator look at its store again; this is the one that its documentation names. */
const FORCE = 'force-sync';

/** Milliseconds between looks. */
const PAUSE = 500;

export interface Synced {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** The ExternalSecret. */
  readonly ref: ObjectRef;
  /** The Secret that the operator writes. */
  readonly target: string;
  /** What it must hold. */
  readonly expected: Secret;
  /** Annotation and its value, written once that is so: the version. */
  readonly mark: readonly [name: string, version: string];
  readonly waitMs: number;
}

/** @throws CopyUnwritable for one that is not there */
export async function readExternalSecret(client: KubeClient, ref: ObjectRef): Promise<ExternalSecret> {
  const found = await client.get(ref, externalSecretObject);
  if (found === undefined) throw await absent(client, ref, 'CopyUnwritable', '');
  return found;
}

/**
 * Has the operator fetch the value now, and waits until the Secret that it writes holds it.
 *
 * @throws CopyUnwritable where the operator would never write it again, Unavailable when it has not within its time
 */
export async function forceSync(synced: Synced): Promise<Change> {
  const { client, ref, mark } = synced;
  const before = await readExternalSecret(client, ref);
  if (before.spec.refreshPolicy === 'CreatedOnce') {
    const detail = 'its refreshPolicy is CreatedOnce: the operator never writes it again';
    throw new RotationError('CopyUnwritable', { subject: shownOn(synced), detail });
  }
  const target = before.spec.target.name ?? ref.name;
  if (target !== synced.target) {
    const detail = `the Secret that it writes is ${target}, not ${synced.target}: name it under secret`;
    throw new RotationError('CopyUnwritable', { subject: shownOn(synced), detail });
  }
  const isThere = await isHeld(synced);
  if (isThere && annotationOf(before.metadata, mark[0]) === mark[1]) return 'not-applied';
  if (!isThere) {
    await annotate(synced, { [FORCE]: `${mark[1]}-${synced.clock.now()}` });
    await settled(synced, before);
  }
  return annotate(synced, { [mark[0]]: mark[1] });
}

async function settled(synced: Synced, before: ExternalSecret): Promise<void> {
  const { client, clock, ref, waitMs } = synced;
  const deadline = clock.now() + waitMs;
  let after = before;
  while (clock.now() < deadline) {
    await clock.sleep(PAUSE);
    after = await readExternalSecret(client, ref);
    if (hasRefreshed(before, after) && (await isHeld(synced))) return;
  }
  const seen = hasRefreshed(before, after)
    ? 'the operator has fetched, but not this version: does it read the path and the fields that Keyturn stores?'
    : 'the operator has not fetched: does it run?';
  const detail = `not within ${waitMs / 1000} s; ${seen} It says ${syncReason(after)}`;
  throw new RotationError('Unavailable', { subject: shownOn(synced), detail });
}

const hasRefreshed = (before: ExternalSecret, after: ExternalSecret): boolean =>
  after.status.refreshTime !== before.status.refreshTime ||
  after.status.syncedResourceVersion !== before.status.syncedResourceVersion;

async function isHeld({ client, ref, target, expected }: Synced): Promise<boolean> {
  const found = await readSecret(client, { namespace: ref.namespace, name: target });
  return found !== undefined && holds(found, expected);
}

const annotate = ({ client, ref, clock }: Synced, annotations: Readonly<Record<string, string>>): Promise<Change> =>
  editObject(client, ref, externalSecretObject, clock, async (found) => {
    if (found === undefined) throw await absent(client, ref, 'CopyUnwritable', '');
    return { resourceVersion: found.metadata.resourceVersion, change: { metadata: { annotations } } };
  });

const shownOn = ({ client, ref }: Synced): string => `${shownRef(ref)} on cluster ${client.cluster}`;
