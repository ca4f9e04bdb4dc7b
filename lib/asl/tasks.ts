import type { Json } from './json.ts';

/** What a Task asks of the host. */
export interface TaskRequest {
  /** The Task's `Resource`, e.g. `arn:aws:states:::lambda:invoke.waitForTaskToken`. */
  readonly resource: string;
  /** The `FunctionName` of its arguments: a name or an ARN. */
  readonly functionName: string;
  /** The `Payload` of its arguments, fresh from JSON; `{}` without one. */
  readonly payload: Json;
  /** Execution name and path of the state: the same for a retry and after a crash, so that the effect is made once. */
  readonly clientToken: string;
  /** For `.waitForTaskToken`: what `sendTaskSuccess` and the like are called with. A credential. */
  readonly taskToken?: string | undefined;
  /** Fires when nobody waits for the result any more: time-out, stop, failure of a sibling. */
  readonly signal: AbortSignal;
  /** `$states.context`. */
  readonly context: Json;
}

/**
 * Does the work of Tasks. The result is passed through JSON; an error becomes the failure that Lambda would report:
 * `error` is its `name`, `cause` a JSON text with its message. A StateFailure passes as it is.
 */
export type TaskHandler = (request: TaskRequest) => Promise<unknown>;
