import type { Case } from './case.ts';
import type { Parting } from './compare.ts';
import type { Event, Run } from './run.ts';

/**
 * What the second engine does otherwise. Each is decided by AWS's documentation or a recording, and listed with that in
 * docs/feature-support.md under "Differences from the second engine".
 */
export interface Difference {
  readonly name: string;
  /** Whether the runs of a case part by this. */
  explains(parting: Parting, ours: Run, which: Case): boolean;
}

/** The differences that generated machines may meet. Those that they are kept from are in `avoided.ts`. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'the cause when no rule of a Choice matches',
    explains: ({ ours, theirs }) =>
      NO_RULE.ours.test(ours?.cause ?? '') && NO_RULE.theirs.test(theirs?.cause ?? '') && ours?.error === theirs?.error,
  },
  {
    // Theirs is States.Runtime for all that an expression may do wrong, but for giving nothing.
    name: 'an expression that throws, or gives another type than is asked for',
    explains: ({ ours, theirs }) => isEvaluation(ours) && WRONG.test(ours?.cause ?? '') && failsAsRuntime(theirs),
  },
  {
    // Theirs cannot pass on a failure whose name begins with `States.`, and makes it States.Runtime.
    name: 'a failed evaluation inside a Parallel or Map',
    explains: (parting, ours) =>
      CANNOT_PASS_ON.test(parting.theirs?.cause ?? '') ||
      (leavesFailed(parting) && isEvaluation(lastFailure(ours, parting))),
  },
  {
    name: 'a failed Output of a Task, Parallel or Map',
    explains: ({ before, ours, theirs }) => isEvaluation(before) && goesOn(ours) && failsOn(theirs),
  },
  {
    name: 'States.TaskFailed for an error of the language',
    explains: (parting, ours, { definition }) =>
      fails(parting.before) &&
      isEvaluation(lastFailure(ours, parting)) &&
      JSON.stringify(definition).includes('"States.TaskFailed"'),
  },
  {
    name: 'States.Runtime inside a Parallel or Map',
    explains: ({ ours, theirs }, { error }) =>
      error === 'States.Runtime' && (!ours || ours.type === 'ExecutionFailed') && isOfFan(theirs) && fails(theirs),
  },
];

const WRONG = /threw an error during evaluation|returned an unexpected result type/;
const CANNOT_PASS_ON =
  /Custom Error Names MUST NOT begin with the prefix 'States\.', got 'States\.(Runtime|QueryEvaluationError)'/;
const NO_RULE = {
  ours: /Failed to transition out of the state/,
  theirs: /No branching option reached in state|Custom Error Names MUST NOT begin/,
};

/** How a state goes on after a failure: it is retried, caught, or fails what is around it. */
const goesOn = (event: Event | undefined): boolean =>
  /^(EvaluationFailed|TaskScheduled|(Parallel|Map)State(Started|Failed)|\w+StateExited)$/.test(event?.type ?? '');

const isEvaluation = (event: Event | undefined): boolean => event?.type === 'EvaluationFailed';

const fails = (event: Event | undefined): boolean => event?.type.endsWith('Failed') ?? false;

/** Whether the lane ends there: the failure shows in the lane around. */
const failsOn = (event: Event | undefined): boolean => !event || fails(event);

const isOfFan = (event: Event | undefined): boolean => /^(Map|Parallel)/.test(event?.type ?? '');

/** A failure under that name, or one of a state or iteration, which has no name. */
const failsAsRuntime = (event: Event | undefined): boolean =>
  fails(event) && !isEvaluation(event) && (event?.error === undefined || event.error === 'States.Runtime');

/** Whether both go on from a failed Parallel or Map as it was caught, or theirs fails on. */
function leavesFailed({ before, ours, theirs }: Parting): boolean {
  const caught = /^(Parallel|Map)StateFailed$/.test(before?.type ?? '');
  if (caught) return (goesOn(ours) || fails(ours)) && (!theirs || goesOn(theirs) || failsAsRuntime(theirs));
  return /^(Parallel|Map)State(Started|Failed)$/.test(ours?.type ?? '') && failsAsRuntime(theirs);
}

/** What failed last in ours before the runs part. */
const lastFailure = ({ events }: Run, { ours }: Parting): Event | undefined =>
  events.findLast(({ id, type }) => id < (ours?.id ?? 0) && REASONS.has(type));

const REASONS: ReadonlySet<string> = new Set(['EvaluationFailed', 'TaskFailed', 'FailStateEntered']);
