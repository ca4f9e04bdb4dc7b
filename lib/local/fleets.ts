import type { Engine } from '../asl/engine.ts';
import { RotationError } from '../core/errors.ts';
import { type FleetLimits, type FleetRecord, fleetRecord, LARGEST_FLEET } from '../core/fleet.ts';
import { type FleetState, fleetState } from '../core/fleet-state.ts';
import { type Claim, identify } from './identity.ts';
import type { Local } from './local.ts';
import { type Admitted, admit } from './requests.ts';

export interface FleetAsking {
  readonly secretIds: readonly string[];
  readonly canary: string | undefined;
  readonly limits: FleetLimits;
  readonly reason: string;
  readonly claim: Claim;
}

export interface AdmittedFleet {
  readonly fleet: FleetRecord;
  /** In the order of the members. */
  readonly members: readonly Admitted[];
}

/**
 * The intake for several secrets: each gets a request of its own, and the fleet names them. It is written last, so that
 * what a crash leaves is no fleet.
 *
 * @throws SecretUnknown, PolicyRefused, AccessDenied
 */
export async function admitFleet(local: Local, asking: FleetAsking): Promise<AdmittedFleet> {
  const { secretIds, canary, limits, reason, claim } = asking;
  if (secretIds.length > LARGEST_FLEET) throw tooLarge(secretIds.length);
  const id = local.ids.uuid();
  const person = identify(claim, { action: 'rotate', fleet: id }, local.config());
  const members: Admitted[] = [];
  for (const secretId of secretIds) members.push(await admit(local, { secretId, reason, claim, fleet: id }));
  const fleet = await local.ledger.saveFleet({
    fleet: id,
    members: members.map(({ request, rotationId, execution }) => ({
      ticket: request.ticket,
      secretId: request.secretId,
      rotationId,
      execution,
    })),
    ...(canary !== undefined && { canary }),
    limits,
    requester: person.name,
    reason,
    at: new Date(local.clock.now()).toISOString(),
  });
  return { fleet: fleetRecord.parse(fleet), members };
}

const tooLarge = (count: number) =>
  new RotationError('PolicyRefused', {
    subject: `a fleet of ${count} secrets`,
    detail: `at most ${LARGEST_FLEET} go together: select fewer`,
  });

/** How a fleet stands; an execution that this engine knows as ended, and that left no record, was refused. */
export function standingOfFleet(local: Local, engine: Engine | undefined, fleet: FleetRecord): Promise<FleetState> {
  const refused = fleet.members.map(({ execution }) => execution).filter((name) => hasEnded(local, engine, name));
  return fleetState(local.deps(), fleet, refused);
}

const hasEnded = (local: Local, engine: Engine | undefined, name: string): boolean => {
  const status = engine?.execution(name)?.status ?? local.events.execution(name)?.status ?? 'RUNNING';
  return status !== 'RUNNING';
};
