import { Cancelled } from './errors.ts';

/** Tells everything under an execution or a branch to stop; lighter than an AbortController, which it makes on demand. */
export class Cancellation {
  #cancelled = false;
  readonly #listeners = new Set<() => void>();
  readonly #detach: (() => void) | undefined;

  constructor(outer?: Cancellation) {
    this.#detach = outer?.onCancel(() => this.cancel());
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Calls `fn` once on cancellation, at once when it has been; the answer takes it back. */
  onCancel(fn: () => void): () => void {
    if (this.#cancelled) fn();
    else this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.dispose();
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const fn of listeners) fn();
  }

  /** Is no longer told by the outer one. */
  dispose(): void {
    this.#detach?.();
  }

  throwIfCancelled(): void {
    if (this.#cancelled) throw new Cancelled();
  }
}
