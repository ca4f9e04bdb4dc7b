import { isExpression } from './expressions.ts';
import { isObject } from './json.ts';

/**
 * Values in place of those which asl-validator 4.0.0 misjudges: it looks for Next and States inside payloads, wants
 * expressions on one line with spaces, and takes no constant condition, no literal Output and no other partition.
 */
const STAND_INS: Readonly<Record<string, unknown>> = {
  Arguments: {},
  Assign: {},
  Output: {},
  ItemSelector: {},
  Condition: '{% true %}',
  Items: '{% [] %}',
  Error: 'Error',
  Cause: 'Cause',
  Resource: 'arn:aws:states:::lambda:invoke',
  ProcessorConfig: { Mode: 'INLINE' },
  ToleratedFailurePercentage: 0,
};

const EXPRESSION = '{% 1 %}';

function neutralValue(key: string, value: unknown): unknown {
  if (Object.hasOwn(STAND_INS, key)) return STAND_INS[key];
  return isExpression(value) ? EXPRESSION : neutralize(value);
}

/** A copy of a definition that leaves asl-validator what it judges well: the shape. Names of states are kept. */
export function neutralize(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(neutralize);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => key !== 'End' || field !== false)
      .map(([key, field]) => [key, key === 'States' ? neutralStates(field) : neutralValue(key, field)]),
  );
}

function neutralStates(states: unknown): unknown {
  if (!isObject(states)) return states;
  return Object.fromEntries(Object.entries(states).map(([name, state]) => [name, neutralize(state)]));
}
