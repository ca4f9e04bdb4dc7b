import { asChild } from './child.ts';
import type { Execution } from './execution.ts';
import type { Child } from './run.ts';

/** The executions of an engine, running and closed. */
export class Executions {
  readonly #byKey = new Map<string, Execution>();
  readonly #byName = new Map<string, Execution>();
  readonly #closed: Execution[] = [];
  readonly #retentionMs: number;
  readonly #forget: (key: string) => void;

  /** @param forget is called with the key of each closed execution whose time is over. */
  constructor(retentionMs: number, forget: (key: string) => void) {
    this.#retentionMs = retentionMs;
    this.#forget = forget;
  }

  add(execution: Execution): void {
    this.#byKey.set(execution.key, execution);
    this.#byName.set(execution.name, execution);
  }

  get(key: string): Execution | undefined {
    return this.#byKey.get(key);
  }

  /** The latest with this name, of whatever machine. */
  named(name: string): Execution | undefined {
    return this.#byName.get(name);
  }

  /** By the ARN, whose last two parts are the key. */
  byArn(arn: string): Child | undefined {
    const execution = this.#byKey.get(arn.split(':').slice(-2).join(':'));
    return execution && asChild(execution);
  }

  list(): Execution[] {
    return [...this.#byKey.values()];
  }

  /** Keeps a closed execution for its time, and drops those whose time is over. */
  close(execution: Execution, now: number): void {
    this.#closed.push(execution);
    while (this.#closed[0] && (this.#closed[0].end?.at ?? 0) + this.#retentionMs <= now)
      this.#drop(this.#closed.shift());
  }

  #drop(execution: Execution | undefined): void {
    if (!execution) return;
    this.#byKey.delete(execution.key);
    if (this.#byName.get(execution.name) === execution) this.#byName.delete(execution.name);
    this.#forget(execution.key);
  }
}
