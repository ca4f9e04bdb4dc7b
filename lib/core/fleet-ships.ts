import type { SecretEntry } from './config.ts';
import type { FleetMember, FleetRecord, MemberState, Ship } from './fleet.ts';
import { findReferences } from './references.ts';
import type { RotationRecord } from './rotation.ts';
import { locksOf } from './run-locks.ts';
import type { StepDeps } from './step.ts';
import { targetsOf } from './targets.ts';
import { workloadOf } from './workload.ts';

/**
 * The members of a fleet as the ledger and the configuration have them now. One that the configuration no longer names is
 * refused: its own execution says so, too.
 *
 * @param refused executions that have ended: where they left no record they were refused before they began
 */
export async function shipsOf(deps: StepDeps, fleet: FleetRecord, refused: readonly string[] = []): Promise<Ship[]> {
  const records = await Promise.all(fleet.members.map(({ rotationId }) => deps.ledger.rotation(rotationId)));
  return fleet.members.map((member, index) =>
    shipOf(deps, member, stateOf(member, records[index], refused), deps.config.secrets.get(member.secretId)),
  );
}

const STATES: Readonly<Record<RotationRecord['status'], MemberState>> = {
  RUNNING: 'running',
  WAITING: 'parked',
  COMMITTED: 'COMMITTED',
  ROLLED_BACK: 'ROLLED_BACK',
  REFUSED: 'REFUSED',
  QUARANTINED: 'QUARANTINED',
};

const stateOf = (member: FleetMember, record: RotationRecord | undefined, refused: readonly string[]): MemberState =>
  record !== undefined ? STATES[record.status] : refused.includes(member.execution) ? 'REFUSED' : 'open';

function shipOf(deps: StepDeps, member: FleetMember, state: MemberState, entry: SecretEntry | undefined): Ship {
  if (entry === undefined) return { ...member, ...NOWHERE, state: state === 'open' ? 'REFUSED' : state };
  const { type, classification, backend, target, consumers } = entry;
  return {
    ...member,
    state,
    type,
    classification,
    backend,
    targets: targetsOf(target),
    claims: locksOf(entry, deps.catalog),
    refersTo: findReferences([target, consumers]).map(({ secret }) => secret),
    workloads: consumers.map(workloadOf).filter((workload) => workload !== undefined),
  };
}

const NOWHERE = { type: '', classification: '', backend: '', targets: [], claims: [], refersTo: [], workloads: [] };

/** Those that another run has rotated since the fleet was asked for: once is enough. */
export async function withOvertaken(
  deps: StepDeps,
  { at }: FleetRecord,
  ships: readonly Ship[],
  candidates: readonly Ship[],
): Promise<Ship[]> {
  const answers = await Promise.all(
    candidates.map(async ({ secretId, rotationId }) => {
      const recent = await deps.ledger.rotations({ secretId, status: ['COMMITTED'], limit: 1 });
      return recent.some((it) => it.rotationId !== rotationId && Date.parse(it.closedAt ?? at) > Date.parse(at));
    }),
  );
  const overtaken = candidates.filter((_, index) => answers[index]);
  return ships.map((ship) => (overtaken.includes(ship) ? { ...ship, state: 'overtaken' } : ship));
}
