import { statesPathsOf } from './ast.ts';
import type { RuleName } from './catalogue.ts';
import { expressionsOf, parse } from './expressions.ts';
import type { Problem } from './finding.ts';
import { arrayOf, type JsonObject, objectsOf } from './json.ts';
import type { Machine, StateNode } from './machine.ts';
import { parseResource } from './resources.ts';

const LONGEST_EXPRESSION = 120;

/** Errors of the Lambda service itself, which say nothing of what the function did. */
const LAMBDA_ERRORS = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
];

const PARTITION = /^arn:\$\{Partition\}:/;

function topOf({ root: { body } }: Machine): Problem[] {
  const asked: readonly (readonly [string, RuleName])[] = [
    ['Comment', 'comment-missing'],
    ['TimeoutSeconds', 'machine-timeout-missing'],
  ];
  return asked
    .filter(([field]) => !(field in body))
    .map(([field, rule]) => ({ rule, path: '', field, message: `the machine has no ${field}` }));
}

const retriersOf = (body: JsonObject): readonly (readonly [number, JsonObject])[] => objectsOf(body.Retry);

/** Whether the Output is given, and of the envelope around the function's answer reads the answer alone. */
function takesPayload(node: StateNode): boolean {
  const read = expressionsOf(node)
    .filter(({ field }) => /^Output\b/.test(field))
    .map(({ text }) => parse(text))
    .flatMap((parsed) => ('ast' in parsed ? statesPathsOf(parsed.ast) : []));
  return 'Output' in node.body && read.every(([field, part]) => field !== 'result' || part === 'Payload');
}

function* lambdaOf(node: StateNode, pattern: string): Generator<Problem> {
  const { body, path } = node;
  const retried = retriersOf(body).flatMap(([, retrier]) => arrayOf(retrier.ErrorEquals));
  const missing = LAMBDA_ERRORS.filter((name) => !retried.includes(name));
  if ('Retry' in body && missing.length > 0) {
    yield { rule: 'lambda-retry-names', path, field: 'Retry', message: `${missing.join(', ')} is not retried` };
  }
  if (pattern === '' && !takesPayload(node)) {
    yield {
      rule: 'lambda-output',
      path,
      field: 'Output',
      message: "the function's answer is not taken from its envelope",
    };
  }
}

function* retriesOf({ body, path }: StateNode): Generator<Problem> {
  for (const [index, retrier] of retriersOf(body)) {
    const at = { path, field: `Retry[${index}]` };
    if (retrier.JitterStrategy !== 'FULL') yield { ...at, rule: 'retry-jitter', message: 'retries come in step' };
    if (!('MaxDelaySeconds' in retrier)) yield { ...at, rule: 'retry-max-delay', message: 'delays grow without bound' };
  }
}

function* taskOf(node: StateNode): Generator<Problem> {
  const { type, body, path } = node;
  if (type !== 'Task') return;
  const arn = String(body.Resource);
  const { action, pattern = '' } = parseResource(arn) ?? {};
  const timeout = pattern === '.waitForTaskToken' ? 'callback-timeout-missing' : 'task-timeout-missing';
  const missing = (field: string, rule: RuleName): Problem[] =>
    field in body ? [] : [{ rule, path, field, message: `the task has no ${field}` }];
  if (!PARTITION.test(arn)) {
    yield { rule: 'partition-placeholder', path, field: 'Resource', message: `${arn} holds in one partition only` };
  }
  yield* [...missing('TimeoutSeconds', timeout), ...missing('Retry', 'task-retry-missing')];
  yield* missing('Catch', 'task-catch-missing');
  yield* retriesOf(node);
  if (action === 'lambda:invoke') yield* lambdaOf(node, pattern);
}

const longExpressions = (node: StateNode): Problem[] =>
  expressionsOf(node)
    .filter(({ text }) => text.length > LONGEST_EXPRESSION || text.includes('\n'))
    .map(({ field, text }) => ({
      rule: 'expression-too-long',
      path: node.path,
      field,
      message: `the expression has ${text.length} characters, more than a line of ${LONGEST_EXPRESSION}`,
    }));

const isListed = (name: unknown, listed: readonly string[]): boolean =>
  typeof name !== 'string' || /^(States|Lambda|StepFunctions|Sandbox|Runtime)\./.test(name) || listed.includes(name);

const unlistedNames = ({ body, path }: StateNode, listed: readonly string[]): Problem[] =>
  ['Retry', 'Catch'].flatMap((list) =>
    objectsOf(body[list]).flatMap(([index, entry]) =>
      arrayOf(entry.ErrorEquals)
        .filter((name) => !isListed(name, listed))
        .map(
          (name): Problem => ({
            ...{ rule: 'error-name-not-listed', path, field: `${list}[${index}].ErrorEquals` },
            message: `${name} is not in the error table`,
          }),
        ),
    ),
  );

/** Keyturn's rules for its own files; it reads them before placeholders are filled. */
export function checkProject(machine: Machine, errorNames: readonly string[] = []): Problem[] {
  return [
    ...topOf(machine),
    ...machine.states.flatMap((node) => [
      ...taskOf(node),
      ...longExpressions(node),
      ...unlistedNames(node, errorNames),
    ]),
  ];
}
