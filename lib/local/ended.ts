import type { Execution } from '../asl/execution.ts';
import type { RotationRecord } from '../core/rotation.ts';
import { audit } from '../core/run.ts';
import type { Local } from './local.ts';

/**
 * An execution that was stopped or timed out runs no Catch. Its locks are freed only where the ledger says COMMITTED or
 * ROLLED_BACK; otherwise the rotation is in quarantine and keeps them.
 */
export async function quarantineEnded(local: Local, { name, status, error }: Execution): Promise<void> {
  const [record] = (await local.ledger.rotations({ status: ['RUNNING', 'WAITING'] })).filter(({ execution }) =>
    execution.endsWith(`:${name}`),
  );
  if (record === undefined) return;
  const failure = {
    error: error ?? `Execution.${status}`,
    cause: 'the execution ended without a clean end of the rotation',
  };
  const updatedAt = new Date(local.clock.now()).toISOString();
  await local.ledger.advance(record.rotationId, record.fence, { status: 'QUARANTINED', failure, updatedAt });
  await audit(
    local.deps(),
    { run: runOf(record), record },
    { step: 'finish', item: 'ended', outcome: 'QUARANTINED', error: failure.error },
  );
}

export const runOf = ({ rotationId, secretId, type, fence, version, generation, previous, stage }: RotationRecord) => ({
  rotationId,
  secretId,
  type,
  fence,
  version,
  generation,
  previous,
  stage,
  turn: 0,
});
