import { RotationError } from '../core/errors.ts';
import { keepRequest } from '../core/intake.ts';
import { executionNameOf, rotationIdOf } from '../core/names.ts';
import type { RotationRequest } from '../core/rotation.ts';
import { type Claim, identify } from './identity.ts';
import type { Local } from './local.ts';

export interface Asking {
  readonly secretId: string;
  readonly reason: string;
  readonly claim: Claim;
  /** The fleet that it belongs to. */
  readonly fleet?: string;
}

/** A request that the intake has written down, and the name its execution will have. */
export interface Admitted {
  readonly request: RotationRequest;
  readonly rotationId: string;
  readonly execution: string;
}

/**
 * The intake of this machine: resolves the secret, asks policy, and writes the request down. Its id is the ticket
 * without which no execution begins.
 *
 * @throws SecretUnknown, PolicyRefused, AccessDenied
 */
export async function admit(local: Local, { secretId, reason, claim, fleet }: Asking): Promise<Admitted> {
  const config = local.config();
  const entry = config.secrets.get(secretId);
  if (entry === undefined) throw new RotationError('SecretUnknown', { subject: secretId });
  const ticket = local.ids.uuid();
  const person = identify(claim, { action: 'rotate', secretId, ticket }, config);
  const cause = { kind: 'manual', id: ticket } as const;
  const who = { requester: person.name, requesterProof: person.proof };
  const asked = { ticket, cause, ...who, reason, ...(fleet !== undefined && { fleet }) };
  return admitted(await keepRequest({ ...local, config }, entry, asked), entry.type, 1);
}

export function admitted(request: RotationRequest, type: string, attempt: number): Admitted {
  const { secretId, cause } = request;
  return {
    request,
    rotationId: rotationIdOf(secretId, cause.id),
    execution: executionNameOf(type, secretId, cause.id, attempt),
  };
}

/** The name that the execution of a fleet has. */
export const fleetExecution = (fleet: string): string => executionNameOf('fleet', fleet, fleet, 1);
