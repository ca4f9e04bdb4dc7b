import { RotationError } from '../../core/errors.ts';
import type { PluginDeps } from '../../core/ports.ts';
import type { SecretReference } from '../../core/references.ts';

/** A channel's own credential: the first of `fields` that the referenced secret has. @throws ReferenceMissing */
export async function channelCredential(
  { credential }: PluginDeps,
  { secret }: SecretReference,
  fields: readonly [string, string],
): Promise<string> {
  const value = await credential(secret);
  const found = fields.map((field) => value.field(field)).find((text) => text !== undefined && text !== '');
  if (found !== undefined) return found;
  throw new RotationError('ReferenceMissing', { subject: secret, detail: `it has no field ${fields.join(' or ')}` });
}
