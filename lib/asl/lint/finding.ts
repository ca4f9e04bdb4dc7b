import { RULES, type RuleName } from './catalogue.ts';

/** One thing wrong with a state machine definition. */
export interface Finding {
  /** Name of the rule, an anchor in docs/asl-rules.md, e.g. `jsonpath`. */
  readonly rule: RuleName;
  /** An error is refused by AWS or by this interpreter; a warning is advice. */
  readonly severity: 'error' | 'warning';
  /** Where: keys joined by dots, e.g. `States.Fan.ItemProcessor.States.Put`; `''` is the machine itself. */
  readonly path: string;
  /** The field inside `path`, e.g. `Retry[0].MaxAttempts`. */
  readonly field?: string;
  /** What is wrong. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What a check says: the rule broken, where, and how. The catalogue adds severity and remedy. */
export type Problem = Pick<Finding, 'rule' | 'path' | 'field' | 'message'>;

/** A problem with what the catalogue says about its rule. */
export const toFinding = (problem: Problem): Finding => ({ ...problem, ...RULES[problem.rule] });
