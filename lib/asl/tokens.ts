import type { Data } from './data.ts';
import { EngineError } from './errors.ts';

/** A Task that waits for its token. */
export interface Waiting {
  succeed(output: Data): void;
  fail(error: string | undefined, cause: string | undefined): void;
  heartbeat(): void;
}

/** The task tokens that are out. */
export class Tokens {
  readonly #waiting = new Map<string, Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /** The answer takes the token back. */
  hand(token: string, waiting: Waiting): () => void {
    this.#waiting.set(token, waiting);
    return () => void this.#waiting.delete(token);
  }

  /** Throws `TaskDoesNotExist` for a token that nobody waits for: unknown, used, or timed out. */
  get(token: string): Waiting {
    const waiting = this.#waiting.get(token);
    if (!waiting)
      throw new EngineError('TaskDoesNotExist', 'no task waits for this token: it is unknown, answered, or timed out');
    return waiting;
  }
}
