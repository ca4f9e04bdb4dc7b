import { z } from 'zod';
import { instant, secretId } from './rotation.ts';

/** The most secrets of one fleet: its history has to hold a start of each, and a look for every change. */
export const LARGEST_FLEET = 500;

/** How many rotations of a fleet may go on at a time. */
export const fleetLimits = z.strictObject({
  total: z.int().min(1).max(40),
  /** At one server or API. */
  perTarget: z.int().min(1),
  perBackend: z.int().min(1),
  /** After so many that were rolled back, quarantined or refused nothing further is started. */
  failures: z.int().min(1),
  /** Seconds over which starts at one moment are spread. */
  jitter: z.int().min(0).max(60),
});
export type FleetLimits = z.output<typeof fleetLimits>;

export const fleetMember = z.strictObject({
  /** Of the member's own request. */
  ticket: z.string().min(8),
  secretId,
  rotationId: z.string(),
  /** The name that its execution has. */
  execution: z.string(),
});
export type FleetMember = z.output<typeof fleetMember>;

/** Several rotations that were asked for together. It is written once; how it stands follows from its rotations. */
export const fleetRecord = z.strictObject({
  /** The ticket without which no fleet begins. */
  fleet: z.string().min(8),
  members: z.array(fleetMember).min(1).max(LARGEST_FLEET),
  /** Goes first and alone; where it does not end COMMITTED nothing further is started. */
  canary: secretId.optional(),
  limits: fleetLimits,
  requester: z.string().min(1),
  reason: z.string(),
  at: instant,
});
export type FleetRecord = z.output<typeof fleetRecord>;

/** How a member stands. `open`: not begun. `parked`: it waits for a person. `overtaken`: rotated by another run since. */
export type MemberState =
  | 'open'
  | 'running'
  | 'parked'
  | 'overtaken'
  | 'COMMITTED'
  | 'ROLLED_BACK'
  | 'REFUSED'
  | 'QUARANTINED';

/** A member with what decides when it may run. */
export interface Ship extends FleetMember {
  readonly state: MemberState;
  readonly type: string;
  readonly classification: string;
  readonly backend: string;
  /** Servers and APIs at which it changes something. */
  readonly targets: readonly string[];
  /** What no two rotations may hold at once: identities at a target, the path in the backend. */
  readonly claims: readonly string[];
  /** Secrets that it reads while it rotates: an admin login, a webhook. */
  readonly refersTo: readonly string[];
  /** Workloads that it restarts. */
  readonly workloads: readonly string[];
}
