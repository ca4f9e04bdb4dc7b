import { compileOutcome, conclude } from '../outcome.ts';
import type { Compile } from '../state.ts';

/** Pass hands its input on, and Succeed ends its branch with it: both through `Output`, and Pass through `Assign`. */
export const compilePass: Compile = (definition) => {
  const outcome = compileOutcome(definition);
  return (visit) => conclude(visit, outcome, visit.input);
};
