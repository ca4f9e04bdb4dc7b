import type { Data } from './data.ts';
import type { Eventually } from './environment.ts';
import type { StateType } from './history.ts';
import type { Json, JsonObject } from './json.ts';
import type { Visit } from './visit.ts';

/** How a state is left. */
export interface Exit {
  /** The next state; `null` at the end of the machine or branch. */
  readonly next: string | null;
  readonly output: Data;
  /** Variables that it assigned. */
  readonly assigned?: Readonly<Record<string, Json>> | undefined;
}

/** A state of the definition, compiled. */
export interface State {
  readonly name: string;
  readonly type: StateType;
  /** Does what the state does; throws a StateFailure when it fails. */
  readonly run: (visit: Visit) => Eventually<Exit>;
}

/** A machine's top level, a branch of a Parallel, or what a Map does with an item. */
export interface Branch {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

/** What the compiler of one type of state makes of a definition. */
export type Compile = (definition: JsonObject, compileBranch: (branch: Json | undefined) => Branch) => State['run'];
