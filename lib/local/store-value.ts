import canonicalize from 'canonicalize';
import type { Catalog } from '../core/catalog.ts';
import { EXTERNAL, type SecretEntry } from '../core/config.ts';
import { RotationError } from '../core/errors.ts';
import { rotationIdOf, versionIdOf } from '../core/names.ts';
import type { BackendClient } from '../core/ports.ts';
import { entryOf, isoNow, refOf } from '../core/run.ts';
import type { Secret } from '../core/secret.ts';
import type { StepDeps } from '../core/step.ts';
import { type Claim, identify } from './identity.ts';
import type { Local } from './local.ts';

export interface HandMade {
  readonly secretId: string;
  readonly value: Secret;
  /** Whether a current value may be replaced; that it was is recorded. */
  readonly replace: boolean;
  readonly claim: Claim;
}

export interface Stored {
  readonly version: string;
  readonly replaced: string | undefined;
}

/**
 * Makes a first or hand-made value current. Nobody rotates the secret meanwhile.
 *
 * @throws InputInvalid for other fields than the type's, Conflict where a value is there and is not to be replaced,
 * LockHeld while a rotation has the secret
 */
export async function storeValue(local: Local, made: HandMade): Promise<Stored> {
  const deps = local.deps();
  const entry = entryOf(deps, made.secretId);
  const value = completed(deps, entry, made.value);
  checkValue(entry, value, deps.catalog);
  const causeId = `put:${local.ids.uuid()}`;
  const person = identify(made.claim, { action: 'put', secretId: entry.id, causeId }, deps.config);
  const owner = { rotationId: rotationIdOf(entry.id, causeId), execution: causeId };
  const fence = await deps.ledger.acquireLocks([`secret:${entry.id}`, `path:${entry.backend}:${entry.path}`], owner);
  try {
    const stored = await makeCurrent(deps, entry, { ...made, value }, versionIdOf(entry.id, causeId, 1));
    await record(deps, entry, value, { ...stored, actor: person.name, causeId, rotationId: owner.rotationId });
    return stored;
  } finally {
    await deps.ledger.releaseLocks(owner.rotationId, fence);
  }
}

/** Where a type makes a whole value from the fields that a person has, these are enough. @throws InputInvalid */
function completed(deps: StepDeps, entry: SecretEntry, value: Secret): Secret {
  const adoption = deps.catalog.secretTypes.find(({ name }) => name === entry.type)?.adoption;
  if (adoption === undefined || !hasFields(value, adoption.fields)) return value;
  const whole = adoption.complete(value, entry.target, isoNow(deps));
  if (whole !== undefined) return whole;
  throw new RotationError('InputInvalid', { subject: entry.id, detail: `${adoption.fields.join(', ')} make no value` });
}

const hasFields = (value: Secret, wanted: readonly string[]): boolean =>
  value.names().length === wanted.length && wanted.every((name) => value.names().includes(name));

/** @throws InputInvalid for other fields than the type's, and for a value that its type knows to be damaged or another's */
export function checkValue(entry: SecretEntry, value: Secret, catalog: Catalog): void {
  checkFields(entry, value);
  const type = catalog.secretTypes.find(({ name }) => name === entry.type);
  const detail = type?.valueProblem?.(value, entry.target);
  if (detail !== undefined) throw new RotationError('InputInvalid', { subject: entry.id, detail });
}

function checkFields(entry: SecretEntry, value: Secret): void {
  const given = value.names();
  const wanted = Object.keys(entry.fields);
  const isFree = entry.type === EXTERNAL && wanted.length === 0;
  if (isFree ? given.length > 0 : hasFields(value, wanted)) return;
  throw new RotationError('InputInvalid', {
    subject: entry.id,
    detail: `it has the fields ${isFree ? 'of your choice, at least one' : wanted.join(', ')}; given: ${given.join(', ') || 'none'}`,
  });
}

async function makeCurrent(deps: StepDeps, entry: SecretEntry, made: HandMade, version: string): Promise<Stored> {
  const backend = await deps.open.backend(entry);
  const ref = refOf(entry);
  const { current } = await backend.versions(ref);
  if (current !== undefined && !made.replace) {
    throw new RotationError('Conflict', {
      subject: entry.id,
      detail: `it has a value since ${current.since}; --replace exchanges it, which is recorded`,
    });
  }
  await backend.stage(ref, version, made.value);
  await promoteOrDiscard(backend, ref, version, current?.version);
  return { version, replaced: current?.version };
}

/** A value that could not become current is not left pending. */
async function promoteOrDiscard(
  backend: BackendClient,
  ref: ReturnType<typeof refOf>,
  version: string,
  expected: string | undefined,
): Promise<void> {
  try {
    await backend.promote(ref, version, expected);
  } catch (error) {
    await backend.discard(ref, version);
    throw error;
  }
}

interface Done extends Stored {
  readonly actor: string;
  readonly causeId: string;
  readonly rotationId: string;
}

async function record(deps: StepDeps, entry: SecretEntry, value: Secret, done: Done): Promise<void> {
  await deps.ledger.appendAudit({
    key: `${entry.id}/${done.causeId}`,
    time: new Date(deps.clock.now()).toISOString(),
    actor: done.actor,
    run: done.causeId,
    rotationId: done.rotationId,
    secretId: entry.id,
    classification: entry.classification,
    step: 'put',
    oldVersion: done.replaced ?? '',
    newVersion: done.version,
    fingerprint: await deps.ledger.fingerprint(canonicalize(value.reveal()) ?? ''),
    decision: done.replaced === undefined ? '' : 'replace',
    approvals: [],
    outcome: done.replaced === undefined ? 'stored' : 'replaced',
    error: '',
  });
}
