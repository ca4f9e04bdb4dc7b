import { z } from 'zod';
import { duration, showDuration } from './duration.ts';
import { CLASSIFICATIONS, type Classification } from './rotation.ts';

/** What one classification demands. All times in seconds. */
export interface ClassPolicy {
  /** Rotation at most every; undefined: never forced. */
  readonly maxAge: number | undefined;
  /** Where nothing is forced, the age from which `due` warns. */
  readonly warnAge: number;
  /** Who approves a manual run: one role per seat, `any` for whoever holds some role. */
  readonly seats: readonly string[];
  readonly overlap: 'dual' | 'any';
  readonly restart: 'canary' | 'rolling';
  /** Both versions stay valid at least this long after the last consumer was proven. */
  readonly grace: number;
  /** Until when the quiet rule may take before a person is asked. */
  readonly quietDeadline: number;
  /** How often a rollout, the quiet rule or a revocation is looked at. */
  readonly poll: number;
  /** How long records about a secret are kept. */
  readonly records: number;
}

const DAY = 86_400;

export const POLICY: Readonly<Record<Classification, ClassPolicy>> = {
  CRITICAL: {
    maxAge: 90 * DAY,
    warnAge: 72 * DAY,
    seats: ['ciso', 'any', 'any'],
    overlap: 'dual',
    restart: 'canary',
    grace: 10,
    quietDeadline: 600,
    poll: 2,
    records: 7 * 365 * DAY,
  },
  HIGH: {
    maxAge: 180 * DAY,
    warnAge: 144 * DAY,
    seats: ['security', 'manager'],
    overlap: 'dual',
    restart: 'canary',
    grace: 10,
    quietDeadline: 600,
    poll: 2,
    records: 3 * 365 * DAY,
  },
  MEDIUM: {
    maxAge: 365 * DAY,
    warnAge: 292 * DAY,
    seats: ['team-lead'],
    overlap: 'any',
    restart: 'rolling',
    grace: 5,
    quietDeadline: 600,
    poll: 2,
    records: 365 * DAY,
  },
  LOW: {
    maxAge: undefined,
    warnAge: 365 * DAY,
    seats: [],
    overlap: 'any',
    restart: 'rolling',
    grace: 0,
    quietDeadline: 600,
    poll: 2,
    records: 90 * DAY,
  },
};

/** A rotation is started when this part of the maximum age has passed, so that a failure leaves time to mend. */
export const START_AT = 0.8;
export const APPROVAL_EXPIRY = 24 * 3600;

const override = z.strictObject({
  maxAge: duration.optional(),
  grace: duration.optional(),
  quietDeadline: duration.optional(),
  poll: duration.optional(),
  seats: z.array(z.string()).optional(),
  /** Why this class may be laxer than the table. */
  relax: z.string().min(10, 'give the reason in at least ten characters').optional(),
});
type Override = z.output<typeof override>;

export const policyOverrides = z.strictObject({
  CRITICAL: override.optional(),
  HIGH: override.optional(),
  MEDIUM: override.optional(),
  LOW: override.optional(),
  approvalExpiry: duration.optional(),
});
export type PolicyOverrides = z.output<typeof policyOverrides>;

/** One row per key that has a stricter direction: how an override would be laxer than the table. */
const LAXER: readonly { key: keyof Override; laxer: (row: ClassPolicy, wanted: Override) => string | undefined }[] = [
  {
    key: 'maxAge',
    laxer: ({ maxAge }, wanted) =>
      maxAge !== undefined && wanted.maxAge !== undefined && wanted.maxAge > maxAge
        ? `at most ${showDuration(maxAge)}`
        : undefined,
  },
  {
    key: 'grace',
    laxer: ({ grace }, wanted) =>
      wanted.grace !== undefined && wanted.grace < grace ? `at least ${showDuration(grace)}` : undefined,
  },
  {
    key: 'seats',
    laxer: ({ seats }, wanted) =>
      wanted.seats !== undefined && !containsAll(wanted.seats, seats)
        ? `at least the seats ${seats.join(', ')}`
        : undefined,
  },
];

function containsAll(wanted: readonly string[], needed: readonly string[]): boolean {
  const count = (list: readonly string[], item: string) => list.filter((other) => other === item).length;
  return needed.every((seat) => count(wanted, seat) >= count(needed, seat));
}

export interface PolicyProblem {
  readonly path: readonly string[];
  readonly message: string;
}

/** Overrides that are laxer than the table without a reason. */
export function policyProblems(overrides: PolicyOverrides): PolicyProblem[] {
  return CLASSIFICATIONS.flatMap((name) => {
    const wanted = overrides[name];
    if (wanted === undefined || wanted.relax !== undefined) return [];
    return LAXER.flatMap(({ key, laxer }) => {
      const needed = laxer(POLICY[name], wanted);
      if (needed === undefined) return [];
      return [
        {
          path: ['policy', name, key],
          message: `laxer than the policy, which asks for ${needed}; give relax: "<reason>" to accept it`,
        },
      ];
    });
  });
}

/** The table with the overrides laid over it. */
export function effectivePolicy(overrides: PolicyOverrides): Readonly<Record<Classification, ClassPolicy>> {
  const merged = (name: Classification): ClassPolicy => {
    const { relax: _reason, ...given } = overrides[name] ?? {};
    const row = POLICY[name];
    return {
      ...row,
      maxAge: given.maxAge ?? row.maxAge,
      warnAge: given.maxAge === undefined ? row.warnAge : given.maxAge * START_AT,
      grace: given.grace ?? row.grace,
      quietDeadline: given.quietDeadline ?? row.quietDeadline,
      poll: given.poll ?? row.poll,
      seats: given.seats ?? row.seats,
    };
  };
  return { CRITICAL: merged('CRITICAL'), HIGH: merged('HIGH'), MEDIUM: merged('MEDIUM'), LOW: merged('LOW') };
}
