import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Catalog } from './catalog.ts';
import type { Config, ConsumerEntry, SecretEntry } from './config.ts';
import { RotationError } from './errors.ts';
import type { Overlap } from './overlap.ts';
import type { SecretTypePlugin } from './ports.ts';
import type { RotationRequest, Stage } from './rotation.ts';

/** What a rotation will do, before it does anything. Its digest is what an approval is bound to. */
export interface Plan {
  readonly secretId: string;
  readonly type: string;
  readonly flow: string;
  readonly classification: string;
  readonly action: 'rotate';
  readonly mode: RotationRequest['mode'];
  readonly requester: string;
  readonly incident: string | null;
  readonly consumers: readonly PlannedConsumer[];
  /** Restart order: each inner list is proven before the next begins. */
  readonly waves: readonly (readonly string[])[];
  /** Of one wave, so many consumers restart at a time. */
  readonly maxParallelRestarts: number;
  readonly overlap: Overlap;
  readonly seats: readonly string[];
  /** Seconds an approval stays open. */
  readonly expiry: number;
  /** Seconds. */
  readonly grace: number;
  /** Seconds that each stage of the flow waits beyond the grace of the last. */
  readonly waits: Readonly<Partial<Record<Stage, number>>>;
  readonly quietDeadline: number;
  readonly poll: number;
  readonly policyVersion: string;
}

export interface PlannedConsumer {
  readonly name: string;
  readonly propagate: string;
  readonly restart: string;
  readonly verify: readonly string[];
  readonly waived: string | null;
}

type Asked = Pick<RotationRequest, 'requester' | 'mode' | 'cause'>;

export function makePlan(entry: SecretEntry, asked: Asked, config: Config, catalog: Catalog): Plan {
  const type = secretTypeOf(entry, catalog);
  const policy = config.policy[entry.classification];
  return {
    secretId: entry.id,
    type: entry.type,
    flow: type.flow,
    classification: entry.classification,
    action: 'rotate',
    mode: asked.mode,
    requester: asked.requester,
    incident: asked.cause.kind === 'incident' ? asked.cause.id : null,
    consumers: entry.consumers.map(planned),
    waves: wavesOf(entry.consumers, policy.restart),
    maxParallelRestarts: config.maxParallelRestarts,
    overlap: type.overlap(entry.target),
    seats: asked.cause.kind === 'incident' ? [] : policy.seats,
    expiry: config.approvalExpiry,
    grace: entry.grace,
    waits: waitsOf(entry, type),
    quietDeadline: entry.quietDeadline,
    poll: policy.poll,
    policyVersion: sha256(policy),
  };
}

/** The grace of the class holds for the stage after which the old is taken away. */
function waitsOf(entry: SecretEntry, type: SecretTypePlugin): Plan['waits'] {
  if (type.flow === 'overlap') return {};
  const waits = type.waits(entry.target);
  return { ...waits, switch: Math.max(entry.grace, waits.switch ?? 0) };
}

/** SHA-256 over canonical JSON (RFC 8785), 64 hex digits. */
export function digestOf(plan: Plan): string {
  return sha256(plan);
}

function sha256(value: object): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('hex');
}

/** @throws PolicyRefused for a type without a flow */
export function secretTypeOf(entry: SecretEntry, catalog: Catalog): SecretTypePlugin {
  const type = catalog.secretTypes.find((candidate) => candidate.name === entry.type);
  if (type === undefined) {
    throw new RotationError('PolicyRefused', {
      subject: entry.id,
      detail: `type ${entry.type} holds a value made elsewhere and has no rotation of its own`,
    });
  }
  return type;
}

/** Whether the old value is gone once there is a new one. */
export function isOneWay(entry: SecretEntry, catalog: Catalog): boolean {
  const overlap = secretTypeOf(entry, catalog).overlap(entry.target);
  return overlap.kind === 'single' && overlap.oneWay === true;
}

function planned(consumer: ConsumerEntry): PlannedConsumer {
  return {
    name: consumer.name,
    propagate: consumer.propagate?.use ?? 'none',
    restart: consumer.restart?.use ?? 'none',
    verify: consumer.verify.map(({ use }) => use),
    waived:
      consumer.waived === undefined
        ? null
        : `${consumer.waived.reason} (${consumer.waived.owner}, until ${consumer.waived.expires})`,
  };
}

/** Consumers by wave; where the class asks for a canary, the first consumer goes alone. */
export function wavesOf(consumers: readonly ConsumerEntry[], restart: 'canary' | 'rolling'): string[][] {
  const numbers = [...new Set(consumers.map((consumer) => consumer.wave))].sort((a, b) => a - b);
  const waves = numbers.map((wave) => consumers.filter((consumer) => consumer.wave === wave).map(({ name }) => name));
  const [first = [], ...rest] = waves;
  if (restart === 'rolling' || first.length < 2) return waves;
  return [first.slice(0, 1), first.slice(1), ...rest];
}
