import { z } from 'zod';

/** What Keyturn reads of any object's metadata. */
export const metadata = z.looseObject({
  resourceVersion: z.string(),
  generation: z.int().optional(),
  deletionTimestamp: z.string().optional(),
  annotations: z.record(z.string(), z.string()).default({}),
  labels: z.record(z.string(), z.string()).default({}),
  ownerReferences: z
    .array(z.looseObject({ kind: z.string(), name: z.string(), controller: z.boolean().optional() }))
    .default([]),
  managedFields: z.array(z.looseObject({ manager: z.string().optional(), time: z.string().optional() })).default([]),
});
export type Metadata = z.output<typeof metadata>;

export const annotationOf = ({ annotations }: Pick<Metadata, 'annotations'>, name: string): string | undefined =>
  Object.hasOwn(annotations, name) ? annotations[name] : undefined;

/** The name under which Keyturn changes objects. */
export const MANAGER = 'keyturn';

/** Epoch ms by the cluster's clock at which Keyturn last changed an object; undefined where it never did. */
export function changedAt({ managedFields }: Metadata): number | undefined {
  const times = managedFields.flatMap(({ manager, time }) =>
    manager === MANAGER && time !== undefined ? [Date.parse(time)] : [],
  );
  return times.length === 0 ? undefined : Math.max(...times);
}
