/** The eight types of state. */
export type StateType = 'Pass' | 'Task' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';

const base = ['Type', 'Comment', 'QueryLanguage'];
const flow = [...base, 'Next', 'End', 'Output', 'Assign'];
const guarded = [...flow, 'Retry', 'Catch'];

/** The fields that a state may have in JSONata, by its type. */
export const STATE_FIELDS: Readonly<Record<StateType, readonly string[]>> = {
  Pass: flow,
  Task: [...guarded, 'Resource', 'Arguments', 'TimeoutSeconds', 'HeartbeatSeconds'],
  Choice: [...base, 'Choices', 'Default', 'Output', 'Assign'],
  Wait: [...flow, 'Seconds', 'Timestamp'],
  Succeed: [...base, 'Output'],
  Fail: [...base, 'Error', 'Cause'],
  Parallel: [...guarded, 'Branches', 'Arguments'],
  Map: [
    ...guarded,
    'Items',
    'ItemSelector',
    'ItemProcessor',
    'MaxConcurrency',
    'ToleratedFailureCount',
    'ToleratedFailurePercentage',
  ],
};

/** The fields without which a state of the type is nothing. */
export const REQUIRED_FIELDS: Readonly<Record<StateType, readonly string[]>> = {
  Pass: [],
  Task: ['Resource'],
  Choice: ['Choices'],
  Wait: [],
  Succeed: [],
  Fail: [],
  Parallel: ['Branches'],
  Map: ['ItemProcessor'],
};

/** The fields of the objects inside a state, and of the scopes. */
export const OBJECT_FIELDS = {
  machine: ['Comment', 'StartAt', 'States', 'TimeoutSeconds', 'Version', 'QueryLanguage'],
  processor: ['Comment', 'StartAt', 'States', 'ProcessorConfig'],
  branch: ['Comment', 'StartAt', 'States'],
  choice: ['Comment', 'Condition', 'Next', 'Output', 'Assign'],
  retrier: [
    'Comment',
    'ErrorEquals',
    'IntervalSeconds',
    'MaxAttempts',
    'BackoffRate',
    'MaxDelaySeconds',
    'JitterStrategy',
  ],
  catcher: ['Comment', 'ErrorEquals', 'Next', 'Output', 'Assign'],
} as const;

const comparisons = (type: string, operators: readonly string[]): string[] =>
  operators.flatMap((operator) => [`${type}${operator}`, `${type}${operator}Path`]);

const ORDER = ['Equals', 'LessThan', 'GreaterThan', 'LessThanEquals', 'GreaterThanEquals'];

/** Fields of JSONPath on a state. */
export const JSONPATH_STATE_FIELDS: readonly string[] = [
  ...['InputPath', 'OutputPath', 'Parameters', 'Result', 'ResultPath', 'ResultSelector'],
  ...['ItemsPath', 'MaxConcurrencyPath', 'ToleratedFailureCountPath', 'ToleratedFailurePercentagePath'],
  ...['SecondsPath', 'TimestampPath', 'TimeoutSecondsPath', 'HeartbeatSecondsPath', 'ErrorPath', 'CausePath'],
];

/** Fields of JSONPath in a rule of a Choice. */
export const JSONPATH_CHOICE_FIELDS: readonly string[] = [
  ...['Variable', 'And', 'Or', 'Not', 'StringMatches'],
  ...['IsNull', 'IsPresent', 'IsNumeric', 'IsString', 'IsBoolean', 'IsTimestamp'],
  ...comparisons('String', ORDER),
  ...comparisons('Numeric', ORDER),
  ...comparisons('Timestamp', ORDER),
  ...comparisons('Boolean', ['Equals']),
];

/** Fields of the Distributed Map, which AWS has and the interpreter has not. */
export const DISTRIBUTED_MAP_FIELDS: readonly string[] = ['ItemReader', 'ItemBatcher', 'ResultWriter', 'Label'];

/** Whether `type` is one of the eight. */
export const isStateType = (type: string): type is StateType => Object.hasOwn(STATE_FIELDS, type);
