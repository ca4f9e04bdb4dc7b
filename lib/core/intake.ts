import type { SecretEntry } from './config.ts';
import { makePlan } from './plan.ts';
import type { RotationRequest } from './rotation.ts';
import { isoNow } from './run.ts';
import type { StepDeps } from './step.ts';

type IntakeDeps = Pick<StepDeps, 'config' | 'catalog' | 'ledger' | 'clock'>;
type Asked = Omit<RotationRequest, 'secretId' | 'mode' | 'at'>;

/**
 * Asks policy, and writes the request down: its id is the ticket without which no execution begins.
 *
 * @returns the request that is kept: the first one of its ticket
 * @throws PolicyRefused for a secret without a rotation of its own
 */
export async function keepRequest(deps: IntakeDeps, entry: SecretEntry, asked: Asked): Promise<RotationRequest> {
  const request: RotationRequest = { ...asked, secretId: entry.id, mode: 'normal', at: isoNow(deps) };
  makePlan(entry, request, deps.config, deps.catalog);
  return deps.ledger.saveRequest(request);
}
