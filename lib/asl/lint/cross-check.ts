import validate, { type ValidationError } from 'asl-validator';
import type { RuleName } from './catalogue.ts';
import type { Problem } from './finding.ts';
import { isObject } from './json.ts';
import { neutralize } from './neutralize.ts';
import { type Substitutions, substitute } from './substitute.ts';

const RULE_OF_CODE: Readonly<Record<string, RuleName>> = {
  BRANCH_OUTBOUND_TRANSITION_TARGET: 'dangling-transition',
  MAP_OUTBOUND_TRANSITION_TARGET: 'dangling-transition',
  MISSING_TRANSITION_TARGET: 'dangling-transition',
  DUPLICATE_STATE_NAMES: 'duplicate-state-name',
  TERMINAL_STATE_WITH_NEXT: 'next-or-end',
  WAIT_DURATION: 'wait-duration',
};

/** An inner scope that never ends is accepted by AWS, and a warning here. */
const OVERRULED: ReadonlySet<string> = new Set(['MISSING_TERMINAL_STATE']);

/** `/States/Fan/Next` as `States.Fan.Next`, array indexes as `[0]`. */
const pathOf = (pointer: string): string =>
  pointer
    .slice(1)
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.');

const toProblem = ({ 'Error code': code, Message: message, schemaError }: ValidationError): Problem => ({
  rule: RULE_OF_CODE[code] ?? 'schema',
  path: schemaError ? pathOf(schemaError.instancePath) : '',
  message,
});

/**
 * What asl-validator finds in a definition, as a second opinion. It sees a copy: it writes into what it is given,
 * refuses placeholders, and misjudges payloads.
 */
export function crossCheck(definition: unknown, substitutions?: Substitutions): Problem[] {
  const copy = neutralize(substitute(definition, substitutions));
  if (!isObject(copy)) return [];
  const { errors } = validate(copy, { checkPaths: true, checkArn: false });
  return errors.filter((error) => !OVERRULED.has(error['Error code'])).map(toProblem);
}
