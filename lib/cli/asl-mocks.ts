import { z } from 'zod';
import type { WorkClock } from '../asl/clock.ts';
import { StateFailure } from '../asl/errors.ts';
import type { Json } from '../asl/json.ts';
import type { TaskHandler } from '../asl/tasks.ts';
import { RotationError } from '../core/errors.ts';

const answer = z.strictObject({
  /** What the function returns. */
  result: z.json().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  /** Accepts the call and never reports with the task token. */
  token: z.literal('hold').optional(),
  delaySeconds: z.number().nonnegative().default(0),
});
type Answer = z.output<typeof answer>;

/** Answers by the name of the state; consumed in order, the last repeating. */
const mocks = z.record(z.string(), z.array(answer).min(1));
export type Mocks = z.output<typeof mocks>;

/** @throws InputInvalid with every place that is wrong */
export function parseMocks(raw: unknown): Mocks {
  const parsed = mocks.safeParse(raw);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new RotationError('InputInvalid', { subject: '--mocks', detail });
}

const stateContext = z.looseObject({ State: z.looseObject({ Name: z.string() }) });
const whole = z.looseObject({ Payload: z.json() });

/** Reports with the task token of a state that waits for it. */
export type Report = (token: string, answer: () => Json) => void;

/**
 * Does the work of Tasks as the mocks say; a Task without a mock returns an empty object. Where a state waits for its
 * token, the call is accepted and the answer is reported with the token.
 */
export function mockTasks(all: Mocks, clock: WorkClock, report: Report): TaskHandler {
  const calls = new Map<string, number>();
  const next = (state: string): Answer => {
    const answers = all[state] ?? [];
    const call = calls.get(state) ?? 0;
    calls.set(state, call + 1);
    return answers[Math.min(call, answers.length - 1)] ?? { delaySeconds: 0 };
  };
  const later = (seconds: number, work: () => void) => clock.schedule(clock.now() + seconds * 1000, work);
  return async ({ context, taskToken }) => {
    const mock = next(stateContext.parse(context).State.Name);
    if (taskToken !== undefined) {
      if (mock.token !== 'hold') later(mock.delaySeconds, () => report(taskToken, () => resultOf(mock)));
      return {};
    }
    if (mock.delaySeconds > 0) await clock.sleep(mock.delaySeconds * 1000);
    return resultOf(mock);
  };
}

/** A result with a `Payload` is the whole result of `lambda:invoke`; any other is what the function returns. */
function resultOf({ result, error, cause }: Answer): Json {
  if (error !== undefined || cause !== undefined) throw new StateFailure(error, cause);
  return whole.safeParse(result).data?.Payload ?? result ?? {};
}
