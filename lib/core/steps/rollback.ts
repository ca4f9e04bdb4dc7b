import { z } from 'zod';
import { ERRORS, isErrorName, isRotationError, RotationError } from '../errors.ts';
import { isOneWay, secretTypeOf } from '../plan.ts';
import type { Credential } from '../ports.ts';
import { audit, hasReached, intend, type OpenTarget, openTarget, reach, readIfThere, readMade } from '../run.ts';
import { isPastPivot, isSkipped, newPart } from '../stages.ts';
import { defineStep, type StepDeps } from '../step.ts';
import { failureInput, runInput } from './schemas.ts';

const action = z.enum(['assess', 'restore', 'uninstall', 'discard']);
type Direction = 'forward' | 'back';
interface Outcome {
  readonly direction: Direction;
  /** Whether some consumer may hold the new version. */
  readonly touched: boolean;
}

export const rollback = defineStep({
  name: 'rollback',
  summary: 'Decides how a failed run goes on, and undoes what it did in the store and at the target.',
  input: runInput.extend({ action, failure: failureInput.optional(), round: z.int().nonnegative().default(0) }),
  output: z.strictObject({ direction: z.enum(['forward', 'back']), touched: z.boolean() }),
  opens: ['backend', 'secretType'],
  run: async (deps, { run, action: wanted, failure, round }) => {
    const opened = await openTarget(deps, run);
    if (isPastPivot(opened.record))
      throw new RotationError('Conflict', { subject: run.secretId, detail: 'past the pivot there is only forward' });
    if (wanted === 'assess')
      return assess(deps, opened, { error: failure?.error ?? '', cause: failure?.cause ?? '' }, round);
    await intend(deps, opened, { step: 'rollback', item: wanted });
    await UNDO[wanted](opened, deps);
    await audit(deps, opened, { step: 'rollback', item: wanted, outcome: 'done' });
    return { direction: 'back' as const, touched: hasReached(opened, 'stored') };
  },
});

type Undo = (opened: OpenTarget, deps: StepDeps) => Promise<void>;

const UNDO: Record<Exclude<z.infer<typeof action>, 'assess'>, Undo> = {
  restore: async (opened, deps) => {
    const { backend, ref, run, entry } = opened;
    if (isSkipped(run)) return;
    await backend.demote(ref, run.version, run.previous);
    // A target with one slot accepts OLD only once NEW has left it: no consumer could be proven on OLD before.
    if (secretTypeOf(entry, deps.catalog).overlap(entry.target).kind === 'single') await uninstall(opened, deps);
  },
  uninstall,
  discard: async ({ backend, ref, run }) => {
    const { current } = await backend.versions(ref);
    if (current?.version !== run.previous)
      throw new RotationError('Conflict', { subject: run.secretId, detail: 'the old version is not the current one' });
    if (!isSkipped(run)) await backend.discard(ref, run.version);
  },
};

/**
 * Where no value is known, an issuer may still have made one whose reply was lost. What the target never took needs
 * no admin credential to be removed: it may be the very one that was refused.
 */
async function uninstall(opened: OpenTarget, deps: StepDeps): Promise<void> {
  const { backend, ref, run, target } = opened;
  if (isSkipped(run)) return;
  const next = await readIfThere(backend, ref, run.version);
  if (next === undefined) {
    await target.abandon?.(run.version);
    return;
  }
  const isIssued = target.abandon !== undefined;
  const isInstalled = isIssued || hasReached(opened, 'installed');
  if (!isInstalled && !(await mayBeTaken(deps, opened, next))) return;
  await target.uninstall({ next, previous: await backend.read(ref, run.previous), stage: run.stage });
}

/** Nodes that differ are mended by an uninstall, which makes all of them refuse it. */
async function mayBeTaken(deps: StepDeps, opened: OpenTarget, next: Credential): Promise<boolean> {
  try {
    return (await opened.target.probe(next, partOf(deps, opened))) !== 'refused';
  } catch (error) {
    if (isRotationError(error, 'OutcomeUnknown')) return true;
    throw error;
  }
}

const partOf = (deps: StepDeps, { entry, run }: OpenTarget) =>
  newPart(secretTypeOf(entry, deps.catalog).flow, run.stage);

/**
 * Forward once, when the failure is one that passes and NEW logs in at the target; else back. A consumer that rejects
 * NEW is a definite answer: it goes back at once.
 *
 * @throws NoWayBack where OLD is gone for good
 */
async function assess(
  deps: StepDeps,
  opened: OpenTarget,
  failure: { error: string; cause: string },
  round: number,
): Promise<Outcome> {
  const touched = await isTouched(deps, opened);
  const gone = await isOldGone(deps, opened);
  const forward = round === 0 && (touched || gone) && passes(failure.error) && (await nextLogsIn(deps, opened));
  if (gone && !forward) throw new RotationError('NoWayBack', { subject: opened.run.secretId });
  const direction: Direction = forward ? 'forward' : 'back';
  const known = failure.error === '' ? {} : { failure: { error: failure.error, cause: failure.cause.slice(0, 2000) } };
  await reach(deps, opened, opened.record.phase, { direction, ...known });
  await audit(deps, opened, { step: 'assess', item: `round-${round}`, outcome: direction, error: failure.error });
  return { direction, touched };
}

/**
 * Whether some consumer may hold NEW. The store is asked first: its reply may have been lost. Where it has OLD, and NEW was
 * proven removed and not proven to log in since, every consumer was proven on OLD before.
 */
async function isTouched(deps: StepDeps, opened: OpenTarget): Promise<boolean> {
  const { backend, ref, run } = opened;
  if (isSkipped(run)) return false;
  if ((await backend.versions(ref)).current?.version === run.version) return true;
  const proofs = await deps.ledger.evidence(run.rotationId);
  const last = proofs.findLast(({ subject }) => subject === 'target' || subject === 'removed');
  return last?.subject !== 'removed' && hasReached(opened, 'stored');
}

/** Of a type whose old value dies when the new one is made. */
async function isOldGone(deps: StepDeps, { entry, backend, ref, run, target }: OpenTarget): Promise<boolean> {
  if (!isOneWay(entry, deps.catalog)) return false;
  return (await target.probe(await backend.read(ref, run.previous))) === 'refused';
}

/** Names of hosts (`States.`, `Lambda.` ...) are of calls that did not answer, which may pass. */
const passes = (error: string) =>
  isErrorName(error) ? ERRORS[error].retryable : /^(States|Lambda|Sandbox|Runtime)\./.test(error);

async function nextLogsIn(deps: StepDeps, opened: OpenTarget): Promise<boolean> {
  const next = await readMade(opened);
  return next !== undefined && (await opened.target.probe(next, partOf(deps, opened))) !== 'refused';
}
