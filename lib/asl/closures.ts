import type jsonata from 'jsonata';
import type { Environment } from './environment.ts';

/** What a plain expression becomes. */
export type Closure = (env: Environment) => unknown;

/** The answer of a closure that leaves the matter to the reference implementation. */
const UNSURE = Symbol('unsure');

/** The expression as a closure; `undefined` when it is not plain. */
export function compileClosure(_ast: jsonata.ExprNode): Closure | undefined {
  return undefined;
}
compileClosure.UNSURE = UNSURE;
