import type { GenerateRequest, SecretTypeClient } from '../../lib/core/ports.ts';
import type { Secret } from '../../lib/core/secret.ts';

/** A value that a type must make. */
export async function made(client: SecretTypeClient, request: GenerateRequest): Promise<Secret> {
  const value = await client.generate(request);
  if (value === undefined) throw new Error('the type made no value');
  return value;
}
