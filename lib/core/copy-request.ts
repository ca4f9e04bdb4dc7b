import type { SecretEntry } from './config.ts';
import { secretTypeOf } from './plan.ts';
import type { Credential, PutRequest } from './ports.ts';
import { Secret } from './secret.ts';
import type { StepDeps } from './step.ts';

/** What a propagator brings to a copy of this version. */
export function copyRequest(
  { catalog }: Pick<StepDeps, 'catalog'>,
  entry: SecretEntry,
  { version, value }: Credential,
): PutRequest {
  const shown = secretTypeOf(entry, catalog).templateFields(entry.target);
  return { secretId: entry.id, version, values: Secret.of({ ...shown, ...value.reveal(), version }) };
}
