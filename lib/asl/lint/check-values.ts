import type { Problem } from './finding.ts';
import { type JsonObject, objectsOf } from './json.ts';
import type { Machine, StateNode } from './machine.ts';
import { CATCHER_VALUES, CHOICE_VALUES, RETRIER_VALUES, SCOPE_VALUES, STATE_VALUES, type ValueKind } from './values.ts';

type Kinds = Readonly<Record<string, ValueKind>>;

function valueProblem(
  value: unknown,
  { says, accepts, within }: ValueKind,
): Pick<Problem, 'rule' | 'message'> | undefined {
  if (!accepts(value)) return { rule: 'wrong-type', message: `${JSON.stringify(value)} is not ${says}` };
  if (typeof value !== 'number' || within === undefined) return undefined;
  const [from, to] = within;
  const range = to === Number.POSITIVE_INFINITY ? `${from} or more` : `${from} to ${to}`;
  return value >= from && value <= to ? undefined : { rule: 'value-range', message: `${value} is not ${range}` };
}

const valuesOf = (object: JsonObject, kinds: Kinds, path: string, at = ''): Problem[] =>
  Object.entries(kinds).flatMap(([field, kind]) => {
    const problem = field in object ? valueProblem(object[field], kind) : undefined;
    return problem ? [{ ...problem, path, field: `${at}${field}` }] : [];
  });

const ENTRIES: Readonly<Record<string, Kinds>> = {
  Choices: CHOICE_VALUES,
  Retry: RETRIER_VALUES,
  Catch: CATCHER_VALUES,
};

const entryValues = ({ body, path }: StateNode): Problem[] =>
  Object.entries(ENTRIES).flatMap(([field, kinds]) =>
    objectsOf(body[field]).flatMap(([index, entry]) => valuesOf(entry, kinds, path, `${field}[${index}].`)),
  );

/** Types and ranges of values. */
export function checkValues({ scopes, states }: Machine): Problem[] {
  return [
    ...scopes.flatMap(({ body, path }) => valuesOf(body, SCOPE_VALUES, path)),
    ...states
      .filter(({ jsonata }) => jsonata)
      .flatMap((node) => [...valuesOf(node.body, STATE_VALUES, node.path), ...entryValues(node)]),
  ];
}
