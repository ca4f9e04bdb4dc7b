import { z } from 'zod';
import type { SecretEntry } from '../config.ts';
import { currentSince } from '../current-since.ts';
import { RotationError } from '../errors.ts';
import { rotationIdOf, versionIdOf } from '../names.ts';
import { digestOf, makePlan, type Plan, secretTypeOf } from '../plan.ts';
import type { BackendClient, VersionInfo } from '../ports.ts';
import { type RotationRecord, type RotationRequest, runRef } from '../rotation.ts';
import { audit, entryOf, isoNow, refOf } from '../run.ts';
import { locksOf } from '../run-locks.ts';
import { FIRST_STAGE, versionsOf } from '../stages.ts';
import { defineStep, type StepDeps } from '../step.ts';
import { refuseStorm } from '../storm.ts';
import { expiredWaivers } from '../waivers.ts';
import { flowPlan } from './schemas.ts';

/** Where a run enters the flow: at its start, or where an earlier execution of the same rotation was cut off. */
const entryPoint = z.enum(['start', 'pivot', 'back']);
const PAST_PIVOT: readonly RotationRecord['phase'][] = ['retiring', 'retired'];

const entryOfRecord = ({ direction, phase }: RotationRecord): z.infer<typeof entryPoint> =>
  direction === 'back' ? 'back' : PAST_PIVOT.includes(phase) ? 'pivot' : 'start';

export const begin = defineStep({
  name: 'begin',
  summary: 'Checks the ticket and the policy, takes the locks, and writes down what the run starts from.',
  input: z.strictObject({ ticket: z.string(), execution: z.string() }),
  output: z.strictObject({ run: runRef, plan: flowPlan, entry: entryPoint }),
  opens: ['backend'],
  run: async (deps, { ticket, execution }) => {
    const request = await deps.ledger.request(ticket);
    if (request === undefined) throw unknown(ticket);
    const entry = entryOf(deps, request.secretId);
    const plan = makePlan(entry, request, deps.config, deps.catalog);
    const rotationId = rotationIdOf(entry.id, request.cause.id);
    const known = await deps.ledger.rotation(rotationId);
    refuseEnded(known);
    if (known === undefined) refuseExpired(deps, entry);
    if (known === undefined) await refuseStorm(deps, request);
    const locks = locksOf(entry, deps.catalog);
    const fence = await deps.ledger.acquireLocks(locks, { rotationId, execution });
    const record = await keepRecord(deps, { request, entry, plan, known, locks, fence, execution, rotationId });
    const { version, generation, previous, stage, type, secretId } = record;
    const run = { rotationId, secretId, type, fence, version, generation, previous, stage, turn: 0 };
    await audit(
      deps,
      { run, record },
      { step: 'begin', outcome: record.attempt === 1 ? 'begun' : 'resumed', actor: request.requester },
    );
    return { run, plan: forFlow(plan, record), entry: entryOfRecord(record) };
  },
});

const unknown = (ticket: string) =>
  new RotationError('TicketUnknown', {
    subject: ticket === '' ? 'an execution that was started without a ticket' : `ticket ${ticket}`,
  });

function refuseEnded(known: RotationRecord | undefined): void {
  if (known?.closedAt === undefined) return;
  throw new RotationError('Conflict', {
    subject: `rotation ${known.rotationId}`,
    detail: `it ended ${known.status} at ${known.closedAt}`,
  });
}

/** A coverage that nobody answers for any more would end on the way back, with everything changed twice. @throws PolicyRefused */
function refuseExpired(deps: StepDeps, entry: SecretEntry): void {
  const expired = expiredWaivers(entry, deps.clock.now());
  if (expired.length === 0) return;
  throw new RotationError('PolicyRefused', {
    subject: entry.id,
    detail: `a waiver has expired: ${expired.join(', ')}`,
  });
}

interface Beginning {
  readonly request: RotationRequest;
  readonly entry: SecretEntry;
  readonly plan: Plan;
  readonly known: RotationRecord | undefined;
  readonly locks: readonly string[];
  readonly fence: number;
  readonly execution: string;
  readonly rotationId: string;
}

/** Writes the record, or renews it for a later execution; where that fails for a new rotation the locks are given back. */
async function keepRecord(deps: StepDeps, start: Beginning): Promise<RotationRecord> {
  try {
    const record =
      start.known === undefined ? await firstRecord(deps, start) : renewed(start.known, start, isoNow(deps));
    await deps.ledger.saveRotation(record);
    return record;
  } catch (error) {
    if (start.known === undefined) await deps.ledger.releaseLocks(start.rotationId, start.fence);
    throw error;
  }
}

const renewed = (known: RotationRecord, { fence, execution }: Beginning, now: string): RotationRecord => ({
  ...known,
  attempt: known.execution === execution ? known.attempt : known.attempt + 1,
  execution,
  fence,
  status: 'RUNNING',
  updatedAt: now,
});

async function firstRecord(
  deps: StepDeps,
  { request, entry, plan, locks, fence, execution, rotationId }: Beginning,
): Promise<RotationRecord> {
  const { flow } = secretTypeOf(entry, deps.catalog);
  const own = versionsOf(flow, entry.id, request.cause.id);
  const now = isoNow(deps);
  const current = await currentVersion(await deps.open.backend(entry), entry, own);
  return {
    rotationId,
    ticket: request.ticket,
    secretId: entry.id,
    type: entry.type,
    classification: entry.classification,
    execution,
    attempt: 1,
    status: 'RUNNING',
    phase: 'begun',
    direction: 'forward',
    fence,
    locks: [...locks],
    version: versionIdOf(entry.id, request.cause.id, 1, FIRST_STAGE[flow]),
    generation: 1,
    previous: current.version,
    previousSince: await currentSince(deps, entry.id, current),
    stage: FIRST_STAGE[flow],
    digest: digestOf(plan),
    consumers: entry.consumers.map((consumer) => consumer.name),
    startedAt: now,
    updatedAt: now,
  };
}

/** @throws SecretNotFound, PendingForeign */
async function currentVersion(
  backend: BackendClient,
  entry: SecretEntry,
  own: readonly string[],
): Promise<VersionInfo> {
  const { current, pending } = await backend.versions(refOf(entry));
  if (current === undefined) throw new RotationError('SecretNotFound', { subject: entry.id });
  const foreign = pending.find(({ version }) => !own.includes(version));
  if (foreign !== undefined)
    throw new RotationError('PendingForeign', {
      subject: entry.id,
      detail: `version ${foreign.version} since ${foreign.since}`,
    });
  return current;
}

/** However long the quiet rule may take, it is looked at this often at most: a history holds 25,000 events. */
const MOST_LOOKS = 300;

const forFlow = (plan: Plan, record: RotationRecord): z.input<typeof flowPlan> => ({
  consumers: plan.consumers.map(({ name }) => name),
  waves: plan.waves.map((wave) => [...wave]),
  maxParallelRestarts: plan.maxParallelRestarts,
  grace: plan.grace,
  waits: { publish: 0, switch: 0, prune: 0, ...plan.waits },
  poll: Math.max(plan.poll, Math.ceil(plan.quietDeadline / MOST_LOOKS)),
  approval: plan.seats.length > 0 && record.phase === 'begun',
  approvalSeconds: plan.expiry,
});
