import { crossCheck } from './cross-check.ts';
import { type Finding, toFinding } from './finding.ts';
import { inspect, type LintOptions } from './inspect.ts';

export type { Finding } from './finding.ts';
export type { LintOptions } from './inspect.ts';

/**
 * Every finding on a definition of a state machine, all at once; an empty array when it is sound.
 *
 * The rules of this folder come first, as they name the field and the remedy. Only what passes them is shown to
 * asl-validator, so that nothing is said twice; that costs some 50 ms, and `inspect` is the part without it.
 *
 * @param definition the parsed JSON; it is not changed.
 */
export function lint(definition: unknown, options: LintOptions = {}): Finding[] {
  const findings = inspect(definition, options);
  if (findings.some(({ severity }) => severity === 'error')) return findings;
  return [...findings, ...crossCheck(definition, options.substitutions).map(toFinding)];
}
