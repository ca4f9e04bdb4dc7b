import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../asl/clock.ts';
import { Engine, type EngineEvent } from '../asl/engine.ts';
import { EngineError } from '../asl/errors.ts';
import type { Execution } from '../asl/execution.ts';
import { openFileJournal } from '../asl/file-journal.ts';
import type { Machine } from '../asl/machine.ts';
import type { TaskHandler } from '../asl/tasks.ts';
import { RotationError } from '../core/errors.ts';
import { executionNameOf, rotationIdOf } from '../core/names.ts';
import { secretTypeOf } from '../core/plan.ts';
import type { RotationRecord, RotationRequest } from '../core/rotation.ts';
import { steps } from '../core/steps/index.ts';
import { makeHandler } from '../runtime/handler.ts';
import { quarantineEnded } from './ended.ts';
import { type EngineBusy, type EngineLock, tryAcquireEngineLock } from './engine-lock.ts';
import { keepEvents } from './keep-events.ts';
import type { Local } from './local.ts';
import { loadFlow, machineOfType } from './machines.ts';
import { type Admitted, fleetExecution } from './requests.ts';

const ticketed = z.looseObject({ ticket: z.string() });

/** The engine of one data directory: at most one process has it. */
export interface Driver {
  readonly engine: Engine;
  /** Executions that an earlier process left open; they go on at once. */
  readonly recovered: readonly Execution[];
  /** The execution of a request: the one that is there, whether it has ended or not, or a new one. */
  start(admitted: Admitted): Execution;
  /** The same for a fleet: its members are started by its own machine. */
  startFleet(fleet: string): Execution;
  /** Brings decided approvals to the states that wait for them, and keeps the locks of what ended without a clean end. */
  tick(): Promise<void>;
  close(): Promise<void>;
}

/** @returns the driver, or the process that has it */
export async function tryDriver(local: Local, onEvent: (event: EngineEvent) => void): Promise<Driver | EngineBusy> {
  const lock = tryAcquireEngineLock(local.dataDir);
  if ('heldBy' in lock) return lock;
  return openDriver(local, lock, onEvent);
}

async function openDriver(local: Local, lock: EngineLock, onEvent: (event: EngineEvent) => void): Promise<Driver> {
  const journal = await openFileJournal(join(local.dataDir, 'journal'), {
    seal: (plain) => Buffer.from(local.keys.seal(plain.toString('utf8'))),
    unseal: (sealed) => Buffer.from(local.keys.unseal(sealed.toString('utf8'))),
  });
  const underWay = new Set<Promise<unknown>>();
  const tasks = tracked(
    taskHandler(local, () => engine),
    underWay,
  );
  const engine: Engine = new Engine({
    clock: systemClock,
    journal,
    tasks,
    machines: (arn) => machineOfType(arn, local.catalog),
  });
  const catchUp = keepEvents(engine, local.events);
  engine.onEvent(onEvent);
  const recovered = engine.recover();
  catchUp(recovered);
  await stopSuperseded(local, engine, recovered);
  const delivered = new Set<string>();
  const examined = new Set<Execution>();
  return {
    engine,
    recovered,
    start: (admitted) => engine.execution(admitted.execution) ?? start(local, engine, admitted),
    startFleet: (fleet) =>
      engine.execution(fleetExecution(fleet)) ??
      engine.start({ machine: loadFlow('fleet'), name: fleetExecution(fleet), input: { ticket: fleet } }),
    tick: async () => {
      await deliver(local, engine, delivered);
      await examine(local, engine, examined);
    },
    close: async () => {
      await engine.close();
      await Promise.allSettled(underWay);
      lock.release();
    },
  };
}

/** A Task's function is a step, called as Lambda would call it. */
function taskHandler(local: Local, engine: () => Engine): TaskHandler {
  const services = local.services({ succeed: (token, output) => engine().sendTaskSuccess(token, { ...output }) });
  const handlers = new Map(steps.map((step) => [step.name, makeHandler(step, services)]));
  return async ({ functionName, payload }) => {
    const handler = handlers.get(functionName);
    if (handler === undefined) throw new RotationError('InternalError', { subject: `function ${functionName}` });
    return handler(payload);
  };
}

/** Keeps the calls that are under way: while one is, no other process may have the engine. */
function tracked(tasks: TaskHandler, underWay: Set<Promise<unknown>>): TaskHandler {
  return (request) => {
    const call = tasks(request);
    underWay.add(call);
    const forget = () => void underWay.delete(call);
    call.then(forget, forget);
    return call;
  };
}

/**
 * An execution whose rotation was taken over by a later one, or released by a person, has lost its locks: it is not
 * waited for. A later one than the record knows was cut off before it took them, and goes on.
 */
async function stopSuperseded(local: Local, engine: Engine, recovered: readonly Execution[]): Promise<void> {
  for (const { name, input } of recovered) {
    const request = await local.ledger.request(ticketed.parse(input).ticket);
    if (request === undefined) continue;
    const record = await local.ledger.rotation(rotationIdOf(request.secretId, request.cause.id));
    if (record === undefined || !(isReleased(record) || isEarlier(name, record, request))) continue;
    await engine.stop(name, { error: 'FenceStale', cause: 'this rotation was taken over or released' });
  }
}

const isEarlier = (name: string, { type, secretId, attempt }: RotationRecord, { cause }: RotationRequest): boolean =>
  Array.from({ length: attempt - 1 }, (_, index) => executionNameOf(type, secretId, cause.id, index + 1)).includes(
    name,
  );

const isReleased = ({ status, closedAt }: RotationRecord): boolean =>
  status === 'QUARANTINED' && closedAt !== undefined;

function start(local: Local, engine: Engine, { request, execution }: Admitted): Execution {
  const entry = local.config().secrets.get(request.secretId);
  if (entry === undefined) throw new RotationError('SecretUnknown', { subject: request.secretId });
  const machine: Machine = loadFlow(secretTypeOf(entry, local.catalog).flow);
  return engine.start({ machine, name: execution, input: { ticket: request.ticket } });
}

async function examine(local: Local, engine: Engine, examined: Set<Execution>): Promise<void> {
  for (const execution of engine.list()) {
    if (execution.status === 'RUNNING' || examined.has(execution)) continue;
    examined.add(execution);
    await quarantineEnded(local, execution);
  }
}

async function deliver(local: Local, engine: Engine, delivered: Set<string>): Promise<void> {
  for (const record of await local.ledger.approvals({ status: ['granted', 'rejected'] })) {
    if (record.sealedToken === undefined || delivered.has(record.id)) continue;
    delivered.add(record.id);
    await answer(engine, await local.ledger.unseal(record.sealedToken), record.id);
  }
}

/** A token whose state has gone on or timed out is nobody's any more. */
async function answer(engine: Engine, token: string, approval: string): Promise<void> {
  try {
    await engine.sendTaskSuccess(token, { approval });
  } catch (error) {
    if (error instanceof EngineError && ['TaskDoesNotExist', 'TaskTimedOut'].includes(error.name)) return;
    throw error;
  }
}
