import { z } from 'zod';
import type { SecretEntry } from '../core/config.ts';
import type { FleetLimits } from '../core/fleet.ts';
import type { FleetState } from '../core/fleet-state.ts';
import { type AdmittedFleet, admitFleet, standingOfFleet } from '../local/fleets.ts';
import { claimOf } from './claim.ts';
import { type Context, UsageError } from './command.ts';
import { driveRotations } from './drive-rotations.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Host } from './host.ts';
import { type Outcome, outcomesOf, skippedOutcome } from './outcome.ts';
import { reportOutcomes, type Whole } from './report-outcomes.ts';

const count = z.coerce.number().int().min(1);

export const fleetShape = {
  concurrency: count.max(20).optional(),
  perTarget: count.default(1),
  perBackend: count.default(5),
  maxFailures: count.default(3),
  jitter: z.coerce.number().int().min(0).max(60).default(3),
  canary: z.string().optional(),
};

export interface FleetOptions extends z.output<z.ZodObject<typeof fleetShape>> {
  readonly as?: string | undefined;
  readonly key?: string | undefined;
  readonly reason: string;
  readonly wait: boolean;
}

/** Rotates what a filter selected, through the machine of fleets. */
export async function rotateFleet(
  context: Context,
  host: Host,
  entries: readonly SecretEntry[],
  given: FleetOptions,
): Promise<ExitCode> {
  const { canary, reason, wait } = given;
  const secretIds = entries.map(({ id }) => id);
  if (canary !== undefined && !secretIds.includes(canary))
    throw new UsageError(`the canary ${canary} is not among the selected secrets`);
  const admitted = await admitFleet(host.local, {
    secretIds,
    canary,
    reason,
    limits: limitsOf(given),
    claim: claimOf(given, context),
  });
  const { members: wanted, fleet } = admitted;
  const { settled } = await driveRotations(context, host, { wanted, wait, whenHeld: 'wait', fleet: fleet.fleet });
  const state = await standingOfFleet(host.local, undefined, fleet);
  const begun = await outcomesOf(host.local, wanted, settled);
  const outcomes = begun.map((outcome, index) => notBegun(admitted, index, state) ?? outcome);
  return reportOutcomes(context, host, outcomes, wholeOf(admitted, outcomes, state));
}

const limitsOf = (given: FleetOptions): FleetLimits => ({
  total: given.concurrency ?? 5,
  perTarget: given.perTarget,
  perBackend: given.perBackend,
  failures: given.maxFailures,
  jitter: given.jitter,
});

/** A member that the fleet passed over, or has not come to. */
function notBegun({ fleet }: AdmittedFleet, index: number, { ships, skipped }: FleetState): Outcome | undefined {
  const member = fleet.members[index];
  const ship = ships.find(({ secretId }) => secretId === member?.secretId);
  if (member === undefined || (ship?.state !== 'open' && ship?.state !== 'overtaken')) return undefined;
  const why = skipped.get(member.secretId) ?? 'its turn has not come; `keyturn resume` goes on with the fleet';
  return skippedOutcome(member, why, ship.state === 'overtaken' ? EXIT.done : EXIT.waiting);
}

function wholeOf({ fleet }: AdmittedFleet, outcomes: readonly Outcome[], { canary, stopped }: FleetState): Whole {
  const counts = Object.fromEntries(
    [...new Set(outcomes.map(({ outcome }) => outcome))].map((name) => [
      name,
      outcomes.filter(({ outcome }) => outcome === name).length,
    ]),
  );
  const text = Object.entries(counts).map(([name, number]) => `${number} ${name}`);
  return {
    document: { fleet: { id: fleet.fleet, canary: canary ?? null, stopped: stopped ?? null, counts } },
    text: [
      `fleet of ${outcomes.length}: ${text.join(', ')}`,
      ...(stopped === undefined ? [] : [`stopped: ${stopped}`]),
    ].join('\n'),
  };
}
