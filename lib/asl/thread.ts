import { Cancellation } from './cancellation.ts';
import { Scope } from './environment.ts';
import type { Json } from './json.ts';
import type { Visit } from './visit.ts';

/** The item that an iteration of a Map works on. */
export interface MapItem {
  readonly Index: number;
  readonly Value: Json;
}

/** A line of states that run one after another: the execution itself, a branch, an iteration. */
export class Thread {
  /** E.g. `/Fan#1[3]`; `''` for the execution itself. */
  readonly path: string;
  readonly scope: Scope;
  readonly cancellation: Cancellation;
  readonly item: MapItem | undefined;
  /** Id of the event that the next one follows from. */
  previous: number;
  /** The state that it is in. */
  current: Visit | undefined;

  constructor(path: string, previous: number, cancellation: Cancellation, scope = new Scope(), item?: MapItem) {
    this.path = path;
    this.previous = previous;
    this.cancellation = cancellation;
    this.scope = scope;
    this.item = item;
  }

  /** A line of states inside the current one. */
  fork(path: string, previous: number, cancellation: Cancellation, item = this.item): Thread {
    return new Thread(path, previous, new Cancellation(cancellation), new Scope(this.scope), item);
  }
}
