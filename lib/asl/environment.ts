import type { Json } from './json.ts';

/** Where ids and randomness come from; injected, so that a run can be repeated. */
export interface Ids {
  /** A v4 UUID. */
  uuid(): string;
  /** A task token: a credential, hence unguessable. */
  token(): string;
  /** A number in [0, 1). */
  random(): number;
}

/** What an expression can see. */
export interface Environment {
  readonly input: Json;
  /** `$states.result`: the result of a Task, Map or Parallel. */
  readonly result?: Json | undefined;
  /** `$states.errorOutput`, in a Catch. */
  readonly errorOutput?: Json | undefined;
  /** `$states.context`; made on demand. */
  context(): Json;
  /** A variable that an earlier state assigned. */
  variable(name: string): Json | undefined;
  /** Milliseconds since 1970, the same during one evaluation. */
  readonly now: number;
  readonly ids: Ids;
}

/** Sees its own variables and those of the outer scopes; each branch and each iteration of a Map has a scope. */
export class Scope {
  #own: Map<string, Json> | undefined;
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  get(name: string): Json | undefined {
    const own = this.#own?.get(name);
    return own === undefined ? this.#outer?.get(name) : own;
  }

  set(name: string, value: Json): void {
    this.#own ??= new Map();
    this.#own.set(name, value);
  }
}

/** A value now, or later. */
export type Eventually<T> = T | Promise<T>;

/** Goes on with a value, at once when it is there. */
export function andThen<T, R>(value: Eventually<T>, next: (value: T) => Eventually<R>): Eventually<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
