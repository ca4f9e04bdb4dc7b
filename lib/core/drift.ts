import canonicalize from 'canonicalize';
import { askVerifiers } from './ask-verifiers.ts';
import type { ConsumerEntry, SecretEntry } from './config.ts';
import { copyRequest } from './copy-request.ts';
import { isRotationError } from './errors.ts';
import { secretTypeOf } from './plan.ts';
import type { Answer, Credential, SecretTypeClient } from './ports.ts';
import { readIfThere, refOf } from './run.ts';
import type { StepDeps } from './step.ts';

/** One place that was compared with the store. */
export interface DriftFinding {
  readonly place: 'store' | 'target' | 'copy' | 'consumer';
  /** The consumer, or what else was looked at. */
  readonly who: string;
  /** `unknown`: it gave no answer, which proves nothing. */
  readonly state: 'off' | 'unknown';
  readonly why: string;
}

export interface Drift {
  readonly secretId: string;
  /** The version that the store says is current. */
  readonly version: string | undefined;
  /** `busy`: a rotation has it, and it is not looked at. */
  readonly state: 'in step' | 'off' | 'unknown' | 'busy';
  readonly findings: readonly DriftFinding[];
}

/** What is current and what was before it, as the store has them. */
export interface Held {
  readonly current: Credential;
  readonly previous: Credential | undefined;
  readonly target: SecretTypeClient;
}

/**
 * Compares what the store has with the target, with every consumer's copy and with every consumer that runs. Changes
 * nothing.
 */
export async function inspectDrift(deps: StepDeps, entry: SecretEntry): Promise<Drift> {
  const findings: DriftFinding[] = [];
  const stored = await looking('store', entry.backend, () => readHeld(deps, entry));
  if (!('current' in stored)) return driftOf(entry, undefined, [stored]);
  findings.push(...(await atStore(deps, entry, stored.current)), ...(await atTarget(deps, entry, stored)));
  for (const consumer of entry.consumers) findings.push(...(await atConsumer(deps, entry, consumer, stored)));
  return driftOf(entry, stored.current.version, findings);
}

const driftOf = ({ id }: SecretEntry, version: string | undefined, findings: readonly DriftFinding[]): Drift => ({
  secretId: id,
  version,
  findings,
  state: findings.some(({ state }) => state === 'off') ? 'off' : findings.length > 0 ? 'unknown' : 'in step',
});

/** @throws SecretNotFound */
export async function readHeld(deps: StepDeps, entry: SecretEntry): Promise<Held> {
  const [backend, target] = await Promise.all([deps.open.backend(entry), deps.open.secretType(entry)]);
  const { previous } = await backend.versions(refOf(entry));
  return {
    target,
    current: await backend.read(refOf(entry), 'current'),
    previous: previous && (await readIfThere(backend, refOf(entry), previous.version)),
  };
}

async function atStore(deps: StepDeps, entry: SecretEntry, current: Credential): Promise<DriftFinding[]> {
  const off = (why: string): DriftFinding => ({ place: 'store', who: entry.backend, state: 'off', why });
  const { pending } = await (await deps.open.backend(entry)).versions(refOf(entry));
  return [
    ...pending.map(({ version, since }) =>
      off(`version ${version} is pending since ${since}, and no rotation owns it`),
    ),
    ...((await isAsMade(deps, entry, current)) ? [] : [off(`the value of version ${current.version} was exchanged`)]),
  ];
}

/** By the fingerprint on record from when the version was made; where there is none nobody can tell. */
async function isAsMade({ ledger }: StepDeps, { id }: SecretEntry, { version, value }: Credential): Promise<boolean> {
  const records = await ledger.auditRecords({ secretId: id });
  const made = records.findLast(({ newVersion, fingerprint }) => newVersion === version && fingerprint !== '');
  return made === undefined || ledger.isFingerprint(canonicalize(value.reveal()) ?? '', made.fingerprint);
}

const WHY: Readonly<Record<'refused' | 'expired', string>> = {
  refused: 'it refuses the current version',
  expired: 'the current version has expired',
};

/** In a flow with stages the version before holds the key that is in use: only `overlap` leaves one that is dead. */
async function atTarget(deps: StepDeps, entry: SecretEntry, held: Held): Promise<DriftFinding[]> {
  const off = (why: string): DriftFinding => ({ place: 'target', who: entry.type, state: 'off', why });
  const ask = (credential: Credential) => looking('target', entry.type, () => held.target.probe(credential));
  const found: DriftFinding[] = [];
  const current = await ask(held.current);
  if (isFinding(current)) return [current];
  if (current === 'refused' || current === 'expired') found.push(off(WHY[current]));
  if (held.previous === undefined || secretTypeOf(entry, deps.catalog).flow !== 'overlap') return found;
  const previous = await ask(held.previous);
  if (isFinding(previous)) found.push(previous);
  if (previous === 'accepted') found.push(off(`it still accepts version ${held.previous.version}, which was retired`));
  return found;
}

async function atConsumer(
  deps: StepDeps,
  entry: SecretEntry,
  consumer: ConsumerEntry,
  held: Held,
): Promise<DriftFinding[]> {
  const copy = await looking('copy', consumer.name, () => copyProblem(deps, entry, consumer, held.current));
  const running = await looking('consumer', consumer.name, () => runningProblem(deps, entry, consumer, held));
  return [copy, running].filter((found) => isFinding(found));
}

async function copyProblem(
  deps: StepDeps,
  entry: SecretEntry,
  { name, propagate }: ConsumerEntry,
  current: Credential,
): Promise<DriftFinding | undefined> {
  if (propagate === undefined) return undefined;
  const propagator = await deps.open.propagator(propagate);
  const version = await propagator.current(entry.id);
  const off = (why: string): DriftFinding => ({
    place: 'copy',
    who: name,
    state: 'off',
    why: `${propagate.use}: ${why}`,
  });
  if (version === undefined) return off('it carries no version');
  if (version !== current.version) return off(`it carries another version, ${shown(version)}`);
  const isWhole = await propagator.holds?.(copyRequest(deps, entry, current));
  return isWhole === false ? off('its content is not what was written there') : undefined;
}

/** What stands in a copy may be anything: only what has the form of a version id is repeated. */
const shown = (version: string): string => (/^[0-9a-f]{32}$/.test(version) ? version : 'which is no version id');

async function runningProblem(
  deps: StepDeps,
  { id }: SecretEntry,
  consumer: ConsumerEntry,
  { current, previous, target }: Held,
): Promise<DriftFinding | undefined> {
  if (consumer.verify.length === 0) return undefined;
  const { verdict, why } = await askVerifiers(deps, consumer, {
    secretId: id,
    consumer: consumer.name,
    expected: current,
    other: previous ?? current,
    target,
  });
  if (verdict === 'verified') return undefined;
  return { place: 'consumer', who: consumer.name, state: verdict === 'rejected' ? 'off' : 'unknown', why };
}

const isFinding = (found: DriftFinding | Answer | Held | undefined): found is DriftFinding =>
  typeof found === 'object' && 'place' in found;

/** A place that cannot be looked at is unknown, and keeps no other from being looked at. */
async function looking<T>(
  place: DriftFinding['place'],
  who: string,
  look: () => Promise<T>,
): Promise<T | DriftFinding> {
  try {
    return await look();
  } catch (error) {
    if (!isRotationError(error)) throw error;
    return { place, who, state: isRotationError(error, 'SecretNotFound') ? 'off' : 'unknown', why: error.message };
  }
}

/** Whether a finding is mended by bringing the current version to the consumer again. */
export const isMendable = ({ place, state }: DriftFinding): boolean =>
  (place === 'copy' || place === 'consumer') && state === 'off';
