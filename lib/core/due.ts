import type { SecretEntry } from './config.ts';
import { type ClassPolicy, START_AT } from './policy.ts';
import type { Versions } from './ports.ts';

export interface Age {
  readonly secretId: string;
  readonly classification: string;
  /** Seconds since the current version became current; undefined where there is none. */
  readonly age: number | undefined;
  /** ISO 8601; when policy wants it rotated: at 80 % of its maximum age. Undefined where nothing is forced. */
  readonly dueAt: string | undefined;
  readonly state: 'fresh' | 'due' | 'overdue' | 'old' | 'no value';
}

/** How old a secret is and what policy says to that. @param now epoch ms */
export function ageOf(entry: SecretEntry, policy: ClassPolicy, { current }: Versions, now: number): Age {
  const base = { secretId: entry.id, classification: entry.classification };
  if (current === undefined) return { ...base, age: undefined, dueAt: undefined, state: 'no value' };
  const since = Date.parse(current.since);
  const age = Math.max(0, Math.floor((now - since) / 1000));
  const dueAt =
    policy.maxAge === undefined ? undefined : new Date(since + policy.maxAge * START_AT * 1000).toISOString();
  return { ...base, age, dueAt, state: stateOf(age, policy) };
}

function stateOf(age: number, { maxAge, warnAge }: ClassPolicy): Age['state'] {
  if (maxAge === undefined) return age >= warnAge ? 'old' : 'fresh';
  if (age > maxAge) return 'overdue';
  return age >= maxAge * START_AT ? 'due' : 'fresh';
}
