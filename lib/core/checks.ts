import { z } from 'zod';
import { askVerifiers } from './ask-verifiers.ts';
import type { Waiver } from './config.ts';
import { consumerOf } from './consumers.ts';
import { RotationError } from './errors.ts';
import { secretTypeOf, wavesOf } from './plan.ts';
import type { Credential } from './ports.ts';
import { audit, isoNow, type OpenTarget, prove, reach, readMade, readSwitch, unproven } from './run.ts';
import { isRefusedAfterwards, newPart } from './stages.ts';
import type { StepDeps } from './step.ts';
import { hasExpired } from './waivers.ts';

/** The things that can be proven: one row each in {@link CHECKS}. */
export const check = z.enum(['target', 'consumer', 'quiet', 'gate', 'refused', 'removed']);
type Check = z.infer<typeof check>;

interface Asked {
  readonly consumer: string;
  readonly side: 'next' | 'previous';
}

interface Finding {
  readonly holds: boolean;
  readonly why: string;
  /** The quiet rule has taken longer than its deadline. */
  readonly overdue?: boolean;
  /** Consumers without a proof, and the order in which they restart. */
  readonly missing?: string[];
  readonly waves?: string[][];
}

type Prove = (deps: StepDeps, opened: OpenTarget, asked: Asked) => Promise<Finding>;

export const CHECKS: Record<Check, Prove> = {
  target: verifyTarget,
  consumer: verifyConsumer,
  quiet: verifyQuiet,
  gate: verifyGate,
  refused: verifyRefused,
  removed: verifyRemoved,
};

/** NEW logs in at the target. */
async function verifyTarget(deps: StepDeps, opened: OpenTarget): Promise<Finding> {
  const { next } = await readSwitch(opened);
  const answer = await opened.target.probe(next, newPart(flowOf(deps, opened), opened.run.stage));
  if (answer === 'untested') return untested(deps, opened, 'target', opened.run.version);
  if (answer !== 'accepted') {
    throw new RotationError('AccessDenied', { subject: `${opened.run.secretId}, new version at its target` });
  }
  return held(deps, opened, 'target', opened.run.version, 'the target accepts it');
}

/** One consumer is on the version of `side`; whatever is not verified is an error, and so can never be counted as proof. */
async function verifyConsumer(deps: StepDeps, opened: OpenTarget, { consumer: name, side }: Asked): Promise<Finding> {
  const consumer = consumerOf(opened.entry, name);
  const change = await readSwitch(opened);
  const [expected, other] = side === 'next' ? [change.next, change.previous] : [change.previous, change.next];
  const subject = `consumer:${name}`;
  if (consumer.waived !== undefined) {
    // On the way back there is nothing to wait for: OLD is what it had.
    if (side === 'next' && hasExpired(consumer.waived, deps.clock.now()))
      throw new RotationError('ConsumerUnproven', { subject: `consumer ${name}`, detail: 'its waiver has expired' });
    return waived(deps, opened, name, consumer.waived, expected);
  }
  const request = { secretId: opened.run.secretId, consumer: name, expected, other, target: opened.target };
  const { verdict, why } = await askVerifiers(deps, consumer, {
    ...request,
    ...(change.installedAt !== undefined && { installedAt: change.installedAt }),
  });
  await prove(deps, opened.run, subject, { version: expected.version, verdict, why });
  if (verdict !== 'verified')
    throw new RotationError(verdict === 'rejected' ? 'ConsumerRejected' : 'VerificationInconclusive', {
      subject: `consumer ${name}`,
      detail: why,
    });
  if (side === 'next' && opened.record.provenAt !== undefined)
    await reach(deps, opened, 'proven', { provenAt: isoNow(deps) });
  await audit(deps, opened, { step: 'verify', item: `${name}:${side}`, outcome: 'verified' });
  return { holds: true, why };
}

async function waived(
  deps: StepDeps,
  opened: OpenTarget,
  name: string,
  { owner, expires, reason }: Waiver,
  { version }: Credential,
): Promise<Finding> {
  const why = `waived by ${owner} until ${expires}: ${reason}`;
  await prove(deps, opened.run, `consumer:${name}`, { version, verdict: 'waived', why });
  await audit(deps, opened, { step: 'verify', item: name, outcome: 'waived' });
  return { holds: true, why };
}

/** Nobody uses OLD any more. Not yet is no error: the flow waits, and at the deadline it asks a person. */
async function verifyQuiet(deps: StepDeps, opened: OpenTarget): Promise<Finding> {
  const { record, entry } = opened;
  if (record.quietWaivedBy !== undefined)
    return held(deps, opened, 'quiet', opened.run.previous, `waived by ${record.quietWaivedBy}`, 'waived');
  const since = record.provenAt ?? isoNow(deps);
  if (record.provenAt === undefined) await reach(deps, opened, 'proven', { provenAt: since });
  const { quiet, why, waived } = await opened.target.quiet({
    ...(await readSwitch(opened)),
    ...(await switchedAt(deps, opened)),
  });
  if (quiet) return held(deps, opened, 'quiet', opened.run.previous, why, waived && 'waived');
  return { holds: false, why, overdue: deps.clock.now() - Date.parse(since) > entry.quietDeadline * 1000 };
}

/** When the last consumer was proven on NEW; nothing where there is none. */
async function switchedAt(deps: StepDeps, { run }: OpenTarget): Promise<{ switchedAt?: number }> {
  const proofs = await deps.ledger.evidence(run.rotationId);
  const last = proofs.findLast(({ subject, version }) => subject.startsWith('consumer:') && version === run.version);
  return last === undefined ? {} : { switchedAt: Date.parse(last.at) };
}

/** The last look before the pivot, at the configuration as it is now: consumers may have been registered since. */
async function verifyGate(deps: StepDeps, opened: OpenTarget): Promise<Finding> {
  const missing = await unproven(deps, opened);
  return {
    holds: missing.length === 0,
    missing,
    waves: wavesOf(
      opened.entry.consumers.filter(({ name }) => missing.includes(name)),
      deps.config.policy[opened.record.classification].restart,
    ),
    why: missing.length === 0 ? 'every consumer is proven' : `no proof for ${missing.join(', ')}`,
  };
}

/** OLD is dead and NEW alive, after the pivot. */
async function verifyRefused(deps: StepDeps, opened: OpenTarget): Promise<Finding> {
  const { next, previous } = await readSwitch(opened);
  const [old, fresh] = [await opened.target.probe(previous), await opened.target.probe(next)];
  if (old === 'untested') return untested(deps, opened, 'refused', previous.version);
  if (old === 'accepted')
    throw new RotationError('StillAccepted', { subject: `${opened.run.secretId}, version ${previous.version}` });
  if (fresh === 'refused')
    throw new RotationError('AccessDenied', {
      subject: `${opened.run.secretId}, version ${next.version}`,
      detail: 'the new credential is refused after the old was retired',
    });
  const why = old === 'expired' ? 'it has expired' : 'the target refuses it';
  return held(deps, opened, 'refused', previous.version, why);
}

/** NEW is dead and OLD alive, after a rollback. */
async function verifyRemoved(deps: StepDeps, opened: OpenTarget): Promise<Finding> {
  const { backend, ref, run, target } = opened;
  const next = await readMade(opened);
  if (next === undefined) return held(deps, opened, 'removed', run.version, 'no new version was made');
  const flow = flowOf(deps, opened);
  const previous = await backend.read(ref, run.previous);
  const answer = await target.probe(next, newPart(flow, run.stage));
  if (answer === 'untested') return untested(deps, opened, 'removed', run.version);
  const goes = isRefusedAfterwards(flow, run.stage);
  if (goes && answer === 'accepted')
    throw new RotationError('StillAccepted', { subject: `${run.secretId}, version ${run.version}` });
  const old = await target.probe(previous);
  if (old === 'untested') return untested(deps, opened, 'removed', run.version);
  if (old !== 'accepted')
    throw new RotationError('CurrentRefused', { subject: `${run.secretId}, version ${run.previous}` });
  const why = goes ? 'the new version is refused, the old one accepted' : 'the old version is in use again';
  return held(deps, opened, 'removed', run.version, why);
}

/** Where there is no target to ask, nothing is proven, and the evidence says so. */
const untested = (deps: StepDeps, opened: OpenTarget, subject: string, version: string): Promise<Finding> =>
  held(deps, opened, subject, version, 'not tested: there is no target to ask', 'waived');

const flowOf = (deps: StepDeps, { entry }: OpenTarget) => secretTypeOf(entry, deps.catalog).flow;

async function held(
  deps: StepDeps,
  opened: OpenTarget,
  subject: string,
  version: string,
  why: string,
  verdict: 'verified' | 'waived' = 'verified',
): Promise<Finding> {
  await prove(deps, opened.run, subject, { version, verdict, why });
  await audit(deps, opened, { step: 'verify', item: subject, outcome: verdict });
  return { holds: true, why };
}
