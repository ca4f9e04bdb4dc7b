import { z } from 'zod';

/** A namespace or the name of an object. */
export const objectName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/,
    'expected a Kubernetes name: lower-case letters, digits, hyphens and dots',
  );

export const dataKey = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9._-]+$/, 'expected a key of a Secret: letters, digits, dots, hyphens and underscores');

/** Where in a cluster. */
export const place = {
  /** A name of `clusters:`. */
  cluster: z.string().min(1),
  namespace: objectName,
};

/** Key of the Secret -> template of its text. */
export const templates = z
  .record(dataKey, z.string())
  .refine((data) => Object.keys(data).length > 0, 'name at least one key');
