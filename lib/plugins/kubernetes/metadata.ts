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
});
export type Metadata = z.output<typeof metadata>;

export const annotationOf = ({ annotations }: Pick<Metadata, 'annotations'>, name: string): string | undefined =>
  Object.hasOwn(annotations, name) ? annotations[name] : undefined;

/** The name under which Keyturn changes objects: their managed fields tell it. */
export const MANAGER = 'keyturn';
