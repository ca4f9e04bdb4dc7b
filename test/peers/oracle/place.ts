import type { JsonObject } from '../../../lib/asl/json.ts';
import type { Mock } from './case.ts';
import type { Draw } from './draw.ts';
import type { Scope } from './scope.ts';
import type { Risk } from './templates.ts';

/** What a state is generated in. */
export interface Place {
  readonly draw: Draw;
  readonly risk: Risk;
  /** How many more times states may nest. */
  readonly depth: number;
  /** The expressions that may be used, and among them the variables of this block. */
  readonly scope: Scope;
  readonly variables: readonly string[];
  /** The states that may come next. */
  readonly later: readonly string[];
  /** The last state of the machine, where the data may have any shape. */
  readonly plainEnd: string | undefined;
  readonly machine: Machine;
  /** Makes a branch or an item processor. */
  block(options: BlockOptions): JsonObject;
}

/** What all blocks of a machine share. */
export interface Machine {
  readonly mocks: Record<string, readonly Mock[]>;
  /** A name that no other state has. */
  newName(): string;
  newVariables(): string[];
}

/** Makes a state, perhaps with others that it alone leads to. */
export type MakeState = (place: Place, name: string) => { readonly state: JsonObject; readonly others?: JsonObject };

export interface BlockOptions {
  readonly draw: Draw;
  readonly machine: Machine;
  readonly risk: Risk;
  readonly depth: number;
  /** The variables of the blocks around, and the context of a Map. */
  readonly around: Scope;
  readonly isTop: boolean;
}
