import { createHash } from 'node:crypto';
import { z } from 'zod';
import { RotationError } from '../errors.ts';
import type { FleetRecord, Ship } from '../fleet.ts';
import { type FleetState, fleetState } from '../fleet-state.ts';
import { isoNow } from '../run.ts';
import { defineStep, type StepDeps } from '../step.ts';

const started = z.strictObject({
  ticket: z.string(),
  /** The type, which is the name of its machine. */
  type: z.string(),
  execution: z.string(),
  /** Seconds to wait before the start. */
  jitter: z.int().nonnegative(),
});

/** A member in the report. */
const told = z.strictObject({ secretId: z.string(), outcome: z.string(), why: z.string() });

export const fleet = defineStep({
  name: 'fleet',
  summary:
    'Says which rotations of a fleet begin now: in their order, within its limits, and none after a failed canary.',
  /** `refused`: names of executions that had ended when they were to be started. */
  input: z.strictObject({ ticket: z.string(), execution: z.string(), refused: z.array(z.string()) }),
  output: z.strictObject({
    start: z.array(started),
    /** Seconds until the next look. */
    wait: z.int().positive(),
    done: z.boolean(),
    /** Whether every member is COMMITTED, or was rotated by another run meanwhile. */
    clean: z.boolean(),
    report: z.array(told),
  }),
  opens: [],
  flows: ['fleet'],
  run: async (deps, { ticket, execution, refused }) => {
    const asked = await deps.ledger.fleet(ticket);
    if (asked === undefined) throw new RotationError('TicketUnknown', { subject: `fleet ${ticket}` });
    await auditFleet(deps, asked, execution, 'begun');
    const state = await fleetState(deps, asked, refused);
    const done = state.start.length + state.running.length + state.held.length === 0;
    const report = done ? reportOf(state) : [];
    const clean = report.every(({ outcome }) => CLEAN.has(outcome));
    if (done) await auditFleet(deps, asked, execution, clean ? 'clean' : 'incomplete');
    const start = state.start.map((ship) => startOf(ship, asked.limits.jitter, state.start.length));
    return { start, wait: await waitOf(deps, asked), done, clean, report };
  },
});

const CLEAN: ReadonlySet<string> = new Set(['COMMITTED', 'overtaken']);

/** Spread by the ticket, so that a retry waits no other time; one that starts alone does not wait. */
function startOf({ ticket, type, execution }: Ship, jitter: number, together: number): z.input<typeof started> {
  const spread = createHash('sha256').update(ticket).digest().readUInt32BE(0) % (jitter + 1);
  return { ticket, type, execution, jitter: together > 1 ? spread : 0 };
}

function reportOf({ ships, skipped }: FleetState): z.input<typeof told>[] {
  return ships.map(({ secretId, state }) => ({
    secretId,
    outcome: state === 'open' ? 'skipped' : state,
    why: skipped.get(secretId) ?? '',
  }));
}

const LONGEST_WAIT = 600;

/** Soon after something has happened, and ever later while nothing does: a history holds 25,000 events. */
async function waitOf(deps: StepDeps, { members, at }: FleetRecord): Promise<number> {
  const records = await Promise.all(members.map(({ rotationId }) => deps.ledger.rotation(rotationId)));
  const last = Math.max(...[at, ...records.map((record) => record?.updatedAt ?? at)].map(Date.parse));
  return Math.min(Math.max(Math.ceil((deps.clock.now() - last) / 8000), 1), LONGEST_WAIT);
}

async function auditFleet(deps: StepDeps, fleet: FleetRecord, run: string, outcome: string): Promise<void> {
  const none = { classification: '', oldVersion: '', newVersion: '', fingerprint: '', decision: '', error: '' };
  await deps.ledger.appendAudit({
    ...none,
    key: `fleet/${fleet.fleet}/${outcome}`,
    time: isoNow(deps),
    actor: fleet.requester,
    run,
    rotationId: fleet.fleet,
    secretId: fleet.members.length === 1 ? (fleet.members[0]?.secretId ?? '') : `fleet of ${fleet.members.length}`,
    step: 'fleet',
    approvals: [],
    outcome,
  });
}
