import type { z } from 'zod';
import { isRotationError, RotationError } from '../../core/errors.ts';
import type { Change, Clock } from '../../core/ports.ts';
import type { KubeClient } from './kube-client.ts';
import { type ObjectRef, shownRef } from './object-ref.ts';

/** A merge patch of the object as it was read, or that nothing is to be changed. */
export type Edit = { readonly resourceVersion: string; readonly change: object } | 'unchanged';

/** Milliseconds between readings: controllers write an object several times a second while it rolls out. */
const PAUSES: readonly number[] = [0, 20, 50, 100, 200, 400, 800];

/**
 * Changes an object as it is now: when another writer was faster, it is read and thought over again.
 *
 * @throws Conflict when others never let it be; whatever `decide` throws
 */
export async function editObject<Schema extends z.ZodType>(
  client: KubeClient,
  ref: ObjectRef,
  schema: Schema,
  clock: Clock,
  decide: (found: z.output<Schema> | undefined) => Promise<Edit> | Edit,
): Promise<Change> {
  for (const pause of PAUSES) {
    await clock.sleep(pause);
    const edit = await decide(await client.get(ref, schema));
    if (edit === 'unchanged') return 'not-applied';
    try {
      await client.patch(ref, edit.resourceVersion, edit.change);
      return 'applied';
    } catch (error) {
      if (!isRotationError(error, 'Conflict')) throw error;
    }
  }
  const detail = `it was changed by others at each of ${PAUSES.length} attempts`;
  throw new RotationError('Conflict', { subject: `${shownRef(ref)} on cluster ${client.cluster}`, detail });
}
