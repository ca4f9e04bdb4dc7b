import { z } from 'zod';

/** How one entry of keyturn.yaml points at another secret, e.g. `admin: { secret: production/database/orders-admin }`. */
export const secretReference = z.strictObject({ secret: z.string().min(1) });
export type SecretReference = z.infer<typeof secretReference>;

/** Every `{ secret: <id> }` below a value, with its path. */
export function findReferences(
  value: unknown,
  path: readonly (string | number)[] = [],
): { path: (string | number)[]; secret: string }[] {
  const reference = secretReference.safeParse(value);
  if (reference.success) return [{ path: [...path], secret: reference.data.secret }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    findReferences(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
