import { compileOutcome, conclude } from '../outcome.ts';
import type { Compile } from '../state.ts';

/** Pass: hands its input on, through `Output` and `Assign`. */
export const compilePass: Compile = (definition) => {
  const outcome = compileOutcome(definition);
  return (visit) => conclude(visit, outcome, visit.input);
};

/** Succeed: ends the machine or branch, with the input or `Output`. */
export const compileSucceed: Compile = compilePass;
