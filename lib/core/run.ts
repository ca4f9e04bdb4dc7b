import type { SecretEntry } from './config.ts';
import { isRotationError, RotationError } from './errors.ts';
import type { BackendClient, Credential, SecretRef, SecretTypeClient, Switch } from './ports.ts';
import {
  type Evidence,
  PHASES,
  type Phase,
  type RotationRecord,
  type RotationRequest,
  type RunRef,
} from './rotation.ts';
import type { StepDeps } from './step.ts';

/** What every step of a run looks up first: the record under its fence, and the entry. */
export interface OpenRun {
  readonly run: RunRef;
  readonly record: RotationRecord;
  readonly entry: SecretEntry;
  readonly ref: SecretRef;
}

/** With the clients of a step that reads values. */
export interface OpenTarget extends OpenRun {
  readonly backend: BackendClient;
  readonly target: SecretTypeClient;
}

/**
 * Which of the possible versions a run has, the ledger says: what a flow carries may be of before a reply was lost.
 *
 * @throws FenceStale when a newer run owns the secret
 */
export async function openRun(deps: StepDeps, asked: RunRef): Promise<OpenRun> {
  await deps.ledger.checkFence(asked.rotationId, asked.fence);
  const record = await deps.ledger.rotation(asked.rotationId);
  if (record === undefined) throw new RotationError('TicketUnknown', { subject: `rotation ${asked.rotationId}` });
  const entry = entryOf(deps, asked.secretId);
  const { version, generation, previous, stage } = record;
  const run = { ...asked, version, generation, previous, stage };
  return { run, record, entry, ref: refOf(entry) };
}

/** What was asked for. @throws TicketUnknown */
export async function requestOf(deps: StepDeps, { ticket }: RotationRecord): Promise<RotationRequest> {
  const request = await deps.ledger.request(ticket);
  if (request === undefined) throw new RotationError('TicketUnknown', { subject: `ticket ${ticket}` });
  return request;
}

export const hasReached = ({ record }: Pick<OpenRun, 'record'>, phase: Phase): boolean =>
  PHASES.indexOf(record.phase) >= PHASES.indexOf(phase);

/** @throws FenceStale when a newer run owns the secret */
export async function openTarget(deps: StepDeps, run: RunRef): Promise<OpenTarget> {
  const opened = await openRun(deps, run);
  const [backend, target] = await Promise.all([deps.open.backend(opened.entry), deps.open.secretType(opened.entry)]);
  return { ...opened, backend, target };
}

/** @throws SecretUnknown */
export function entryOf(deps: StepDeps, secretId: string): SecretEntry {
  const entry = deps.config.secrets.get(secretId);
  if (entry === undefined) throw new RotationError('SecretUnknown', { subject: secretId });
  return entry;
}

export const refOf = (entry: SecretEntry): SecretRef => ({ path: entry.path, fields: entry.fields });

export const isoNow = (deps: Pick<StepDeps, 'clock'>): string => new Date(deps.clock.now()).toISOString();

/** Old and new with their values. @throws SecretNotFound */
export async function readSwitch({ backend, ref, run, record }: OpenTarget): Promise<Switch> {
  const [next, previous] = await Promise.all([backend.read(ref, run.version), backend.read(ref, run.previous)]);
  const { installedAt } = record;
  return {
    next,
    previous,
    stage: run.stage,
    ...(installedAt !== undefined && { installedAt: Date.parse(installedAt) }),
  };
}

/** The version that this stage made, if it has made one. */
export async function readMade({ backend, ref, run }: OpenTarget): Promise<Credential | undefined> {
  return run.version === run.previous ? undefined : readIfThere(backend, ref, run.version);
}

/** A version's value, or undefined where the backend has none of that id. */
export async function readIfThere(
  backend: BackendClient,
  ref: SecretRef,
  version: string,
): Promise<Credential | undefined> {
  try {
    return await backend.read(ref, version);
  } catch (error) {
    if (isRotationError(error, 'SecretNotFound')) return undefined;
    throw error;
  }
}

/** Moves the record's phase on; a step that runs again never moves it back. */
export async function reach(
  deps: StepDeps,
  { run, record }: OpenRun,
  phase: Phase,
  facts: Partial<RotationRecord> = {},
): Promise<void> {
  const further = hasReached({ record }, phase) ? {} : { phase };
  await deps.ledger.advance(run.rotationId, run.fence, { ...facts, ...further, updatedAt: isoNow(deps) });
}

export interface Transition {
  readonly step: string;
  /** What the step acted on, where it acts on several: a consumer, a direction. */
  readonly item?: string;
  readonly outcome: string;
  readonly fingerprint?: string;
  readonly decision?: string;
  readonly approvals?: readonly string[];
  readonly error?: string;
  readonly actor?: string;
}

/** One audit record per transition. A step calls it after its effect and before it returns: where it throws, nothing further is done. */
export async function audit(
  deps: StepDeps,
  { run, record }: Pick<OpenRun, 'run' | 'record'>,
  transition: Transition,
): Promise<void> {
  await deps.ledger.appendAudit({
    key: keyOf(run, transition),
    time: isoNow(deps),
    actor: transition.actor ?? 'keyturn',
    run: record.execution,
    rotationId: run.rotationId,
    secretId: run.secretId,
    classification: record.classification,
    step: [...legOf(run), transition.step, ...(transition.item === undefined ? [] : [transition.item])].join(':'),
    oldVersion: run.previous,
    newVersion: run.version,
    fingerprint: transition.fingerprint ?? '',
    decision: transition.decision ?? '',
    approvals: [...(transition.approvals ?? [])],
    outcome: transition.outcome,
    error: transition.error ?? '',
  });
}

const keyOf = (run: RunRef, { step, item = '', outcome }: Transition): string =>
  [run.rotationId, run.fence, ...legOf(run), ...turnOf(run), step, item, outcome].join('/');

const turnOf = ({ turn }: RunRef): string[] => (turn === 0 ? [] : [`turn-${turn}`]);

const legOf = ({ stage }: RunRef): string[] => (stage === 'whole' ? [] : [stage]);

/** On record before an effect, so that none takes place while the audit chain cannot be written. */
export const intend = (
  deps: StepDeps,
  opened: OpenRun,
  { step, item }: Pick<Transition, 'step' | 'item'>,
): Promise<void> => audit(deps, opened, { step, ...(item !== undefined && { item }), outcome: 'intended' });

/** Keeps a verdict as evidence. */
export async function prove(
  deps: StepDeps,
  run: RunRef,
  subject: string,
  item: Pick<Evidence, 'version' | 'verdict' | 'why'>,
): Promise<void> {
  await deps.ledger.addEvidence({ rotationId: run.rotationId, subject, at: isoNow(deps), ...item });
}

/** Consumers of the configuration as it is now that have no proof for the new version. */
export async function unproven(deps: StepDeps, { run, entry }: Pick<OpenRun, 'run' | 'entry'>): Promise<string[]> {
  const proofs = await deps.ledger.evidence(run.rotationId);
  const latest = (name: string) => proofs.filter((proof) => proof.subject === `consumer:${name}`).at(-1);
  return entry.consumers
    .map((consumer) => consumer.name)
    .filter((name) => {
      const proof = latest(name);
      return proof === undefined || proof.version !== run.version || !['verified', 'waived'].includes(proof.verdict);
    });
}
