import type { Problem } from './finding.ts';
import { arrayOf, objectsOf } from './json.ts';
import type { Machine, StateNode } from './machine.ts';

/** Error names of the States Language and of AWS's implementation of it. */
const STATES_ERRORS: ReadonlySet<unknown> = new Set([
  ...['States.ALL', 'States.DataLimitExceeded', 'States.ExceedToleratedFailureThreshold', 'States.HeartbeatTimeout'],
  ...['States.Http.Socket', 'States.IntrinsicFailure', 'States.ItemReaderFailed', 'States.NoChoiceMatched'],
  ...[
    'States.ParameterPathFailure',
    'States.Permissions',
    'States.QueryEvaluationError',
    'States.ResultPathMatchFailure',
  ],
  ...['States.ResultWriterFailed', 'States.Runtime', 'States.TaskFailed', 'States.Timeout', 'States.BranchFailed'],
]);

/** An ErrorEquals: its names, where it is, and whether it is the last of its list. */
interface Matcher {
  readonly names: readonly unknown[];
  readonly field: string;
  readonly last: boolean;
}

const matchersOf = ({ body }: StateNode): Matcher[] =>
  ['Retry', 'Catch'].flatMap((list) => {
    const entries = objectsOf(body[list]);
    return entries.map(([index, entry]) => ({
      names: arrayOf(entry.ErrorEquals),
      field: `${list}[${index}].ErrorEquals`,
      last: index === entries.length - 1,
    }));
  });

function* namesIn({ names, field, last }: Matcher, path: string): Generator<Problem> {
  if (names.includes('States.ALL') && (names.length > 1 || !last)) {
    yield { rule: 'states-all', path, field, message: `States.ALL is not ${last ? 'alone' : 'in the last entry'}` };
  }
  for (const name of names) {
    if (typeof name !== 'string' || !name.startsWith('States.') || STATES_ERRORS.has(name)) continue;
    yield { rule: 'unknown-states-error', path, field, message: `${name} is not an error of the States Language` };
  }
}

const JITTERS: ReadonlySet<unknown> = new Set([undefined, 'FULL', 'NONE']);

const jittersOf = ({ body, path }: StateNode): Problem[] =>
  objectsOf(body.Retry)
    .filter(([, { JitterStrategy: strategy }]) => !JITTERS.has(strategy))
    .map(([index, { JitterStrategy: strategy }]) => ({
      rule: 'jitter-strategy',
      path,
      field: `Retry[${index}].JitterStrategy`,
      message: `${JSON.stringify(strategy)} is not a strategy`,
    }));

/** The names that Retry and Catch match, and the jitter. */
export function checkErrors({ states }: Machine): Problem[] {
  return states.flatMap((node) => [
    ...matchersOf(node).flatMap((matcher) => [...namesIn(matcher, node.path)]),
    ...jittersOf(node),
  ]);
}
