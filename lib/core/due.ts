import type { SecretEntry } from './config.ts';
import { type ClassPolicy, START_AT } from './policy.ts';
import type { SecretTypePlugin } from './ports.ts';

export interface Age {
  readonly secretId: string;
  readonly classification: string;
  /** Seconds since what is in use came into use; undefined where there is nothing. */
  readonly age: number | undefined;
  /** ISO 8601; when policy wants it rotated: at 80 % of its maximum age, or two thirds of its life. Undefined where nothing is forced. */
  readonly dueAt: string | undefined;
  readonly state: 'fresh' | 'due' | 'overdue' | 'old' | 'no value';
}

export interface AgeRequest {
  readonly entry: SecretEntry;
  readonly policy: ClassPolicy;
  /** ISO 8601: since when what is in use has been in use; undefined where there is nothing. */
  readonly since: string | undefined;
  /** Epoch ms. */
  readonly now: number;
  /** Undefined for a type without a flow. */
  readonly type: Pick<SecretTypePlugin, 'life'> | undefined;
}

/** What ends by itself is renewed when this part of its life has passed. */
const RENEW_AT = 2 / 3;

/** How old a secret is, and what policy and its own end say to that. */
export function ageOf({ entry, policy, since: from, now, type }: AgeRequest): Age {
  const base = { secretId: entry.id, classification: entry.classification };
  if (from === undefined) return { ...base, age: undefined, dueAt: undefined, state: 'no value' };
  const since = Date.parse(from);
  const age = Math.max(0, Math.floor((now - since) / 1000));
  const limits = limitsOf(policy, type?.life?.(entry.target, since));
  const dueAt = limits && new Date(since + limits.start * 1000).toISOString();
  return { ...base, age, dueAt, state: stateOf(age, limits, policy) };
}

/** Seconds of age at which it is started, and at which it is too late: whichever comes first, class or end. */
interface Limits {
  readonly start: number;
  readonly end: number;
}

function limitsOf({ maxAge }: ClassPolicy, life: number | undefined): Limits | undefined {
  const byClass = maxAge === undefined ? [] : [{ start: maxAge * START_AT, end: maxAge }];
  const byLife = life === undefined ? [] : [{ start: life * RENEW_AT, end: life }];
  const all = [...byClass, ...byLife];
  if (all.length === 0) return undefined;
  return { start: Math.min(...all.map(({ start }) => start)), end: Math.min(...all.map(({ end }) => end)) };
}

function stateOf(age: number, limits: Limits | undefined, { warnAge }: ClassPolicy): Age['state'] {
  if (limits === undefined) return age >= warnAge ? 'old' : 'fresh';
  if (age > limits.end) return 'overdue';
  return age >= limits.start ? 'due' : 'fresh';
}
