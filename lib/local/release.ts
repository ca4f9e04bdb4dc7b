import type { SecretEntry } from '../core/config.ts';
import { RotationError } from '../core/errors.ts';
import type { BackendClient } from '../core/ports.ts';
import { audit, readIfThere, refOf } from '../core/run.ts';
import type { StepDeps } from '../core/step.ts';
import { runOf } from './ended.ts';
import { type Claim, identify } from './identity.ts';
import type { Local } from './local.ts';

/**
 * Gives a secret free after a person has put things right by hand. A pending version is dropped when the target refuses
 * it; one that logs in may be the live one, and keeps the lock.
 *
 * @throws Conflict, LockHeld by a rotation that is not in quarantine, AccessDenied
 */
export async function release(
  local: Local,
  secretId: string,
  claim: Claim,
): Promise<{ readonly discarded: string[]; readonly released: string | undefined }> {
  const deps = local.deps();
  const entry = deps.config.secrets.get(secretId);
  if (entry === undefined) throw new RotationError('SecretUnknown', { subject: secretId });
  const person = identify(claim, { action: 'release', secretId }, deps.config);
  const holder = await local.ledger.lockHolder(`secret:${secretId}`);
  if (holder !== undefined) await refuseRunning(local, holder.rotationId);
  const backend = await deps.open.backend(entry);
  const { pending } = await backend.versions(refOf(entry));
  for (const { version } of pending) {
    await refuseLive(deps, entry, backend, version);
    await backend.discard(refOf(entry), version);
  }
  return { discarded: pending.map(({ version }) => version), released: await freeLock(local, holder, person.name) };
}

/** What is not in quarantine goes on, or can be sent on. @throws LockHeld */
async function refuseRunning(local: Local, rotationId: string): Promise<void> {
  const record = await local.ledger.rotation(rotationId);
  if (record === undefined || record.status === 'QUARANTINED') return;
  throw new RotationError('LockHeld', {
    subject: record.secretId,
    detail: `rotation ${rotationId} is ${record.status}, not in quarantine; \`keyturn resume ${rotationId}\` goes on with it`,
  });
}

/** A pending version that is the very current value may go; any other that logs in may be in use. @throws Conflict */
async function refuseLive(deps: StepDeps, entry: SecretEntry, backend: BackendClient, version: string): Promise<void> {
  const pending = await readIfThere(backend, refOf(entry), version);
  const current = await readIfThere(backend, refOf(entry), 'current');
  if (pending === undefined || current?.value.equals(pending.value)) return;
  const target = await deps.open.secretType(entry);
  if ((await target.probe(pending)) !== 'accepted') return;
  throw new RotationError('Conflict', {
    subject: entry.id,
    detail: `the pending version ${version} logs in at the target: it may be in use`,
  });
}

type Holder = Awaited<ReturnType<Local['ledger']['lockHolder']>>;

async function freeLock(local: Local, holder: Holder, actor: string): Promise<string | undefined> {
  if (holder === undefined) return undefined;
  const record = await local.ledger.rotation(holder.rotationId);
  const now = new Date(local.clock.now()).toISOString();
  if (record !== undefined) {
    await audit(local.deps(), { run: runOf(record), record }, { step: 'release', outcome: 'released', actor });
    await local.ledger.advance(record.rotationId, record.fence, {
      status: 'QUARANTINED',
      closedAt: now,
      updatedAt: now,
    });
  }
  await local.ledger.releaseLocks(holder.rotationId, holder.fence);
  return holder.rotationId;
}
