/** What is said about a rule wherever it strikes. */
interface RuleEntry {
  readonly severity: 'error' | 'warning';
  /** What to do about a finding of this rule. */
  readonly remedy: string;
}

const error = (remedy: string): RuleEntry => ({ severity: 'error', remedy });
const warning = (remedy: string): RuleEntry => ({ severity: 'warning', remedy });

/** Every rule of the language: what AWS refuses, or what the interpreter does not run. Explained in docs/asl-rules.md. */
export const LANGUAGE_RULES = {
  'definition-object': error('give a JSON object with StartAt and States'),
  'missing-field': error('add the field'),
  'unknown-field': error('remove the field, or correct its spelling'),
  'wrong-type': error('give a value of the type named'),
  'value-range': error('give a value inside the range named'),
  'query-language': error('write "QueryLanguage": "JSONata" at the top and leave it out elsewhere'),
  jsonpath: error(
    'write "QueryLanguage": "JSONata" at the top and port the field to Arguments, Output, Assign or Condition',
  ),
  'unknown-state-type': error('use Pass, Task, Choice, Wait, Succeed, Fail, Parallel or Map'),
  'state-name': error('name the state with 1 to 80 characters'),
  'duplicate-state-name': error('rename one of the states: names are unique in the whole machine'),
  'dangling-transition': error('name a state of the same States object'),
  'unreachable-state': error('transition to the state, or remove it'),
  'missing-terminal-state': error('end a state with "End": true, or add a Succeed or Fail state'),
  'endless-branch': warning('end a state inside with "End": true, or add a Succeed or Fail state'),
  'next-or-end': error('give exactly one of Next and "End": true'),
  'distributed-map': error('use an inline Map: Items with ItemProcessor, and no ProcessorConfig'),
  iterator: error('rename Iterator to ItemProcessor'),
  credentials: error('remove Credentials and give the role of the machine the permission'),
  activity: error('use lambda:invoke.waitForTaskToken and report with the task token'),
  'unsupported-resource': error('call lambda:invoke or states:startExecution, and do the call inside the function'),
  'unknown-resource': error(
    'write arn:<partition>:states:::lambda:invoke or arn:<partition>:states:::states:startExecution',
  ),
  'missing-argument': error('add the argument'),
  'unknown-argument': error('remove the argument, or move it into Payload or Input'),
  'task-token-unused': warning('pass $states.context.Task.Token in the arguments, or nobody can complete the task'),
  'timeout-placement': error('put TimeoutSeconds and HeartbeatSeconds on Task states or, TimeoutSeconds, at the top'),
  'retry-catch-placement': error('put Retry and Catch on Task, Parallel and Map states only'),
  'heartbeat-below-timeout': error('make HeartbeatSeconds smaller than TimeoutSeconds'),
  'states-all': error('put States.ALL alone in the ErrorEquals of the last entry'),
  'unknown-states-error': warning('use a name of the States Language, or one that does not begin with "States."'),
  'jitter-strategy': error('write "FULL" or "NONE"'),
  'catch-result-path': error('replace ResultPath in the Catch by Output or Assign with $states.errorOutput'),
  'choice-condition': error('write the condition as "{% ... %}", or as true or false'),
  'wait-duration': error('give exactly one of Seconds and Timestamp'),
  'wait-timestamp': error('write a time such as 2026-03-14T01:59:00Z, or "{% ... %}"'),
  'variable-name': error('begin with a letter, go on with letters, digits or _, at most 80, and do not use "states"'),
  'outer-variable': error('rename the variable: a branch or a Map item cannot assign a variable of an outer scope'),
  'undefined-variable': warning('assign the variable in an earlier state, or correct its spelling'),
  'jsonata-delimiters': error('begin the string with {% and end it with %}, without a space outside'),
  'jsonata-syntax': error('correct the expression'),
  'jsonata-newer-syntax': error('AWS runs JSONata 2.0.6: write $exists(x) ? x : y'),
  'jsonata-eval': error('AWS has no $eval: write the expression itself'),
  'bare-reference': error('read the input as $states.input.<name>, a variable as $<name>'),
  'context-reference': error('write $states.input: an expression has no context of its own'),
  'error-output-outside-catch': error('use $states.errorOutput in the Output or Assign of a Catch only'),
  'result-not-available': error('use $states.result in the Output or Assign of a Task, Parallel or Map state only'),
  'unknown-states-field': warning('use $states.input, .result, .errorOutput or .context'),
  schema: error('compare the state with the States Language specification'),
} as const satisfies Record<string, RuleEntry>;

/** Keyturn's own rules for the files in state-machines/. */
export const PROJECT_RULES = {
  'comment-missing': error('say at the top, in Comment, what the flow does'),
  'machine-timeout-missing': error('add TimeoutSeconds at the top: as a CDK property it is ignored with a file'),
  'partition-placeholder': error('write the partition of the ARN as the placeholder Partition'),
  'task-timeout-missing': error('add TimeoutSeconds'),
  'callback-timeout-missing': error('add TimeoutSeconds: without it the task waits a year'),
  'task-retry-missing': error('add Retry'),
  'lambda-retry-names': error('retry all five service errors of Lambda'),
  'retry-jitter': error('write "JitterStrategy": "FULL"'),
  'retry-max-delay': error('add MaxDelaySeconds'),
  'task-catch-missing': error('add Catch'),
  'lambda-output': error('write "Output": "{% $states.result.Payload %}", or "{% $states.input %}" to drop the answer'),
  'expression-too-long': error('move the expression into a step'),
  'error-name-not-listed': error(
    'use a name of the error table, or one that begins with States., Lambda., StepFunctions., Sandbox. or Runtime.',
  ),
} as const satisfies Record<string, RuleEntry>;

/** Every rule. */
export const RULES = { ...LANGUAGE_RULES, ...PROJECT_RULES };

/** The name of a rule. */
export type RuleName = keyof typeof RULES;
