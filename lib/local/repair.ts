import type { SecretEntry } from '../core/config.ts';
import { type Drift, inspectDrift, isMendable } from '../core/drift.ts';
import { RotationError } from '../core/errors.ts';
import { wavesOf } from '../core/plan.ts';
import { audit } from '../core/run.ts';
import { locksOf } from '../core/run-locks.ts';
import { tryAcquireEngineLock } from './engine-lock.ts';
import { type Claim, identify } from './identity.ts';
import type { Local } from './local.ts';
import { isRepair, newRepair, type Repair } from './repair-run.ts';
import { mendConsumer } from './repair-steps.ts';

/**
 * How a secret stands; one that a rotation has is busy. What a repair left that was cut off counts as nobody's.
 *
 * @throws nothing but what is no RotationError
 */
export async function driftFor(local: Local, entry: SecretEntry): Promise<Drift> {
  const holder = await holderOf(local, entry);
  if (holder !== undefined) return busy(entry, holder);
  const drift = await inspectDrift(local.deps(), entry);
  const since = await holderOf(local, entry);
  return since === undefined ? drift : busy(entry, since);
}

const busy = ({ id }: SecretEntry, rotation: string): Drift => ({
  secretId: id,
  version: undefined,
  state: 'busy',
  findings: [{ place: 'store', who: rotation, state: 'unknown', why: `rotation ${rotation} has it` }],
});

async function holderOf({ ledger }: Local, { id }: SecretEntry): Promise<string | undefined> {
  const holder = await ledger.lockHolder(`secret:${id}`);
  return holder === undefined || isRepair(holder.rotationId) ? undefined : holder.rotationId;
}

/**
 * Brings the current version to every consumer that is off, by the steps of a rotation, under the locks of one: copies
 * first, then restarts wave by wave, each proven before the next. Cut off anywhere it is done again from its start.
 *
 * @returns how the secret stands afterwards
 * @throws AccessDenied; EngineBusy while another process drives this data directory; LockHeld; and what the steps throw
 */
export async function repairDrift(local: Local, entry: SecretEntry, claim: Claim): Promise<Drift> {
  const person = identify(claim, { action: 'repair', secretId: entry.id }, local.config());
  const engine = tryAcquireEngineLock(local.dataDir);
  if ('heldBy' in engine) throw engineBusy(entry, engine.heldBy);
  try {
    return await lockedRepair(local, entry, person.name);
  } finally {
    engine.release();
  }
}

const engineBusy = ({ id }: SecretEntry, pid: number) =>
  new RotationError('EngineBusy', { subject: `repair of ${id}`, detail: `process ${pid} drives it` });

async function lockedRepair(local: Local, entry: SecretEntry, actor: string): Promise<Drift> {
  await freeLeftover(local, entry);
  const repair = await newRepair(local, entry);
  const tell = (outcome: string, error = '') => audit(local.deps(), repair, { step: 'repair', outcome, error, actor });
  try {
    await tell('begun');
    await mendAll(local, entry, repair);
    await tell('ended');
    return await inspectDrift(local.deps(), entry);
  } catch (error) {
    await tell('failed', error instanceof Error ? error.name : '');
    throw error;
  } finally {
    await local.ledger.releaseLocks(repair.run.rotationId, repair.run.fence);
  }
}

/** Whoever has the engine is alone: a repair that holds locks was cut off. */
async function freeLeftover({ ledger, catalog }: Local, entry: SecretEntry): Promise<void> {
  const holder = await ledger.lockHolder(`secret:${entry.id}`);
  if (holder === undefined || !isRepair(holder.rotationId)) return;
  const { rotationId } = holder;
  const fence = await ledger.acquireLocks(locksOf(entry, catalog), { rotationId, execution: 'free' });
  await ledger.releaseLocks(rotationId, fence);
}

/** Looked at anew under the locks: what was found before may have been put right. */
async function mendAll(local: Local, entry: SecretEntry, repair: Repair): Promise<void> {
  const { findings } = await inspectDrift(local.deps(), entry);
  const off = findings.filter(isMendable);
  const names = new Set(off.map(({ who }) => who));
  const consumers = entry.consumers.filter(({ name }) => names.has(name));
  const stale = new Set(off.filter(({ place }) => place === 'copy').map(({ who }) => who));
  for (const { name } of consumers) if (stale.has(name)) await repair.step('propagate', name);
  for (const wave of wavesOf(consumers, local.config().policy[entry.classification].restart))
    await Promise.all(wave.map((name) => mendConsumer(repair, name)));
}
