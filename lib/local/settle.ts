import { z } from 'zod';
import type { EngineEvent } from '../asl/engine.ts';
import type { Execution } from '../asl/execution.ts';
import type { ApprovalRecord, RotationRecord } from '../core/rotation.ts';
import { type Driver, tryDriver } from './driver.ts';
import { standingOfFleet } from './fleets.ts';
import type { Local } from './local.ts';
import { type Admitted, fleetExecution } from './requests.ts';

/** How a rotation stands when nobody waits for it any longer. */
export interface Settled {
  readonly execution: string;
  readonly record: RotationRecord | undefined;
  /** The execution's own end; undefined while it is open. */
  readonly ended: { readonly status: string; readonly error: string; readonly cause: string } | undefined;
  /** The question that a person has to answer. */
  readonly question: ApprovalRecord | undefined;
}

export interface Patience {
  /** Whether to wait for approvals, too. A quarantine or a quiet rule past its deadline is never waited for. */
  readonly approvals: boolean;
  /** Ends the wait; what is under way stays resumable. */
  readonly signal?: AbortSignal;
  onEvent(event: EngineEvent): void;
  /** Another process drives this data directory. */
  onHeld(pid: number | undefined): void;
  onQuestion(question: ApprovalRecord): void;
}

const POLL_MS = 100;

/**
 * Drives the engine of this data directory until each of `wanted` has ended or waits for a person. Where another process
 * has the engine this one waits, and takes over when that one ends.
 *
 * @param fleet starts its members, which are `wanted`, each in its turn
 */
export async function drive(
  local: Local,
  wanted: readonly Admitted[],
  patience: Patience,
  fleet?: string,
): Promise<Settled[]> {
  const driver = await takeEngine(local, patience);
  if (driver === undefined) return Promise.all(wanted.map((admitted) => standing(local, admitted, undefined)));
  try {
    const left = driver.recovered.map((execution) => execution.name);
    await settleAll(local, driver, left, { ...patience, approvals: false });
    begin(driver, wanted, fleet);
    const names = [...(fleet === undefined ? [] : [fleetExecution(fleet)]), ...wanted.map((each) => each.execution)];
    await settleAll(local, driver, names, patience);
    const { engine } = driver;
    return await Promise.all(wanted.map((admitted) => standing(local, admitted, engine.execution(admitted.execution))));
  } finally {
    await driver.close();
  }
}

function begin(driver: Driver, wanted: readonly Admitted[], fleet: string | undefined): void {
  if (fleet !== undefined) driver.startFleet(fleet);
  else for (const admitted of wanted) driver.start(admitted);
}

async function takeEngine(local: Local, patience: Patience): Promise<Driver | undefined> {
  let told = false;
  while (!patience.signal?.aborted) {
    const driver = await tryDriver(local, patience.onEvent);
    if ('engine' in driver) return driver;
    if (!told) patience.onHeld(driver.heldBy);
    told = true;
    await local.clock.sleep(POLL_MS);
  }
  return undefined;
}

async function settleAll(local: Local, driver: Driver, names: readonly string[], patience: Patience): Promise<void> {
  const told = new Set<string>();
  while (!patience.signal?.aborted) {
    await driver.tick();
    const open = await Promise.all(names.map((name) => isOpen(local, driver, name, patience, told)));
    if (!open.includes(true)) return;
    await local.clock.sleep(POLL_MS);
  }
}

/** Whether an execution still goes on by itself, or waits for an approval that is waited for. */
async function isOpen(
  local: Local,
  driver: Driver,
  name: string,
  patience: Patience,
  told: Set<string>,
): Promise<boolean> {
  const execution = driver.engine.execution(name);
  if (execution === undefined || execution.status !== 'RUNNING') return false;
  if (execution.machine.name === 'fleet') return isFleetOpen(local, driver, execution);
  const question = await questionOf(local, execution.name);
  if (question === undefined) return true;
  if (!told.has(question.id)) patience.onQuestion(question);
  told.add(question.id);
  return question.kind === 'plan' && patience.approvals;
}

const ticketed = z.looseObject({ ticket: z.string() });

/** A fleet that only people can bring on, by answering for its members, goes on when they have. */
async function isFleetOpen(local: Local, { engine }: Driver, { input }: Execution): Promise<boolean> {
  const fleet = await local.ledger.fleet(ticketed.parse(input).ticket);
  if (fleet === undefined) return true;
  const { start, running, held } = await standingOfFleet(local, engine, fleet);
  return start.length > 0 || running.length > 0 || held.length === 0;
}

/** The open question of the rotation that an execution runs. */
export async function questionOf(local: Local, execution: string): Promise<ApprovalRecord | undefined> {
  const waiting = await local.ledger.rotations({ status: ['WAITING', 'QUARANTINED'] });
  const record = waiting.find((candidate) => candidate.execution.endsWith(`:${execution}`));
  if (record === undefined) return undefined;
  const open = await local.ledger.approvals({ rotationId: record.rotationId, status: ['open'] });
  return open.at(-1);
}

async function standing(
  local: Local,
  { rotationId, execution }: Admitted,
  run: Execution | undefined,
): Promise<Settled> {
  const ended =
    run === undefined || run.status === 'RUNNING'
      ? undefined
      : { status: run.status, error: run.error ?? '', cause: run.cause ?? '' };
  const [record, question] = await Promise.all([local.ledger.rotation(rotationId), questionOf(local, execution)]);
  return { execution, record, ended, question };
}
