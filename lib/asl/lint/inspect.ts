import { checkErrors } from './check-errors.ts';
import { checkFields } from './check-fields.ts';
import { checkJsonata } from './check-jsonata.ts';
import { checkLanguage } from './check-language.ts';
import { checkProject } from './check-project.ts';
import { checkResources } from './check-resources.ts';
import { checkStates } from './check-states.ts';
import { checkStructure } from './check-structure.ts';
import { checkValues } from './check-values.ts';
import { checkVariables } from './check-variables.ts';
import { type Finding, type Problem, toFinding } from './finding.ts';
import { isObject } from './json.ts';
import { type Machine, readMachine } from './machine.ts';
import { type Substitutions, substitute } from './substitute.ts';

/** How to read a definition. */
export interface LintOptions {
  /** Values for `${Name}` placeholders; a placeholder without a value is left as it is, `${Partition}` becomes `aws`. */
  readonly substitutions?: Substitutions;
  /** `language` (default): what AWS or the interpreter refuses. `project`: Keyturn's own rules as well. */
  readonly profile?: 'language' | 'project';
  /** Error names that ErrorEquals may hold besides `States.*` and `Lambda.*`; for the `project` profile. */
  readonly errorNames?: readonly string[];
}

const CHECKS: readonly ((machine: Machine) => Problem[])[] = [
  checkLanguage,
  checkFields,
  checkValues,
  checkStructure,
  checkStates,
  checkErrors,
  checkResources,
  checkVariables,
  checkJsonata,
];

const NOT_AN_OBJECT: Problem = { rule: 'definition-object', path: '', message: 'the definition is not a JSON object' };

/**
 * Every finding of the rules of this folder, all at once; an empty array when the definition is sound.
 *
 * @param definition the parsed JSON; it is not changed.
 */
export function inspect(definition: unknown, options: LintOptions = {}): Finding[] {
  const filled = substitute(definition, options.substitutions);
  if (!isObject(definition) || !isObject(filled)) return [toFinding(NOT_AN_OBJECT)];
  const machine = readMachine(filled);
  const ofLanguage = CHECKS.flatMap((check) => check(machine));
  const ofProject = options.profile === 'project' ? checkProject(readMachine(definition), options.errorNames) : [];
  return [...ofLanguage, ...ofProject].map(toFinding);
}
