import { RotationError } from './errors.ts';
import type { RotationRequest } from './rotation.ts';
import type { StepDeps } from './step.ts';

type Automatic = Pick<RotationRequest, 'secretId' | 'cause'>;

const HOUR = 3_600_000;
const RUNS_PER_DAY = 6;
const LONGEST = 32;

/**
 * Holds automatic starts to six a day, and after a failure to a backoff of one hour, doubling to 32: a cause that nobody
 * mended would otherwise make a new credential every few minutes. A person's own start is not held.
 *
 * @throws TooManyAttempts
 */
export async function refuseStorm(deps: StepDeps, request: Automatic): Promise<void> {
  if (request.cause.kind === 'manual') return;
  const now = deps.clock.now();
  const since = new Date(now - 2 * 24 * HOUR).toISOString();
  const recent = await deps.ledger.rotations({ secretId: request.secretId, since });
  const today = recent.filter((rotation) => Date.parse(rotation.startedAt) > now - 24 * HOUR);
  if (today.length >= RUNS_PER_DAY) throw tooMany(request, `${today.length} runs in 24 hours`);
  const failures = recent.findIndex((rotation) => rotation.status === 'COMMITTED');
  const inARow = failures === -1 ? recent.length : failures;
  const wait = inARow === 0 ? 0 : Math.min(2 ** (inARow - 1), LONGEST) * HOUR;
  const last = recent[0];
  const opens = last === undefined ? 0 : Date.parse(last.startedAt) + wait;
  if (opens > now) throw tooMany(request, `next start at ${new Date(opens).toISOString()}`);
}

const tooMany = ({ secretId }: Automatic, detail: string) =>
  new RotationError('TooManyAttempts', { subject: secretId, detail });
