import { dataOf } from './data.ts';
import type { Eventually } from './environment.ts';
import { StateFailure } from './errors.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { compileOutcome, conclude, type Outcome } from './outcome.ts';
import type { Exit } from './state.ts';
import type { Visit } from './visit.ts';

/** One entry of `Retry`. */
interface Retrier {
  readonly errors: readonly string[];
  readonly maxAttempts: number;
  /** Seconds before the retry with this number, from 0; without jitter. */
  readonly delay: (retry: number) => number;
  readonly jitter: boolean;
}

/** `Retry` and `Catch` of a state. */
export interface Policy {
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly { readonly errors: readonly string[]; readonly outcome: Outcome }[];
}

export function compilePolicy(definition: JsonObject): Policy {
  return {
    retriers: objects(definition.Retry).map(compileRetrier),
    catchers: objects(definition.Catch).map((it, at) => ({
      errors: names(it.ErrorEquals),
      outcome: compileOutcome(it, `Catch[${at}]/`),
    })),
  };
}

function compileRetrier(definition: JsonObject): Retrier {
  const interval = number(definition.IntervalSeconds, 1);
  const rate = number(definition.BackoffRate, 2);
  const longest = number(definition.MaxDelaySeconds, Number.POSITIVE_INFINITY);
  return {
    errors: names(definition.ErrorEquals),
    maxAttempts: number(definition.MaxAttempts, 3),
    delay: (retry) => Math.min(longest, interval * rate ** retry),
    jitter: definition.JitterStrategy === 'FULL',
  };
}

/** The failures that no Retry and no Catch sees. */
export const isFatal = (error: unknown): boolean =>
  !(error instanceof StateFailure) || error.error === 'States.Runtime';

/** Runs a state until it succeeds, its retries are used up, and then as its catchers say. */
export function guarded(
  visit: Visit,
  policy: Policy,
  attempt: () => Eventually<Exit>,
  onFailure?: () => void,
): Eventually<Exit> {
  if (!policy.retriers.length && !policy.catchers.length && !onFailure) return attempt();
  const used = policy.retriers.map(() => 0);
  const run = (): Eventually<Exit> => {
    try {
      const exit = attempt();
      return exit instanceof Promise ? exit.catch(handle) : exit;
    } catch (error) {
      return handle(error);
    }
  };
  const handle = async (error: unknown): Promise<Exit> => {
    if (!(error instanceof StateFailure) || isFatal(error)) throw error;
    const delay = nextDelay(policy, used, error, () => visit.run.host.ids.random());
    if (delay === undefined) return recover(visit, policy, error, onFailure);
    await pause(visit, delay);
    return run();
  };
  return run();
}

function nextDelay(
  { retriers }: Policy,
  used: number[],
  failure: StateFailure,
  random: () => number,
): number | undefined {
  const at = retriers.findIndex(({ errors }) => matches(errors, failure));
  const retrier = retriers[at];
  const retry = used[at] ?? 0;
  if (!retrier || retry >= retrier.maxAttempts) return undefined;
  used[at] = retry + 1;
  return retrier.delay(retry) * (retrier.jitter ? random() : 1);
}

async function pause(visit: Visit, seconds: number): Promise<void> {
  const due = Number(visit.note(() => String(visit.run.host.clock.now() + seconds * 1000)));
  visit.retryCount++;
  await visit.sleepUntil(due);
}

/** Leaves by the first catcher that matches. What fails in its own `Output` fails the state a second time. */
async function recover(visit: Visit, policy: Policy, failure: StateFailure, onFailure?: () => void): Promise<Exit> {
  const before = visit.thread.previous;
  onFailure?.();
  const catcher = policy.catchers.find(({ errors }) => matches(errors, failure));
  if (!catcher) throw failure;
  const failed = visit.thread.previous;
  try {
    visit.thread.previous = before;
    const errorOutput = { Error: failure.error ?? '', Cause: failure.cause ?? '' };
    const exit = await conclude(visit, catcher.outcome, dataOf(errorOutput), { errorOutput });
    visit.thread.previous = failed;
    return exit;
  } catch (error) {
    if (!isFatal(error)) onFailure?.();
    throw error;
  }
}

/** Whether an `ErrorEquals` list matches a failure. */
export function matches(errors: readonly string[], failure: StateFailure): boolean {
  const names = [failure.error, ...failure.aliases];
  return errors.some((error) => WILDCARDS.get(error)?.(failure) || names.includes(error));
}

const WILDCARDS: ReadonlyMap<string, (failure: StateFailure) => boolean> = new Map([
  ['States.ALL', ({ terminal }: StateFailure) => !terminal],
  ['States.TaskFailed', ({ terminal, error }: StateFailure) => !terminal && error !== 'States.Timeout'],
]);

const objects = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
const names = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((it): it is string => typeof it === 'string') : [];
const number = (value: Json | undefined, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
