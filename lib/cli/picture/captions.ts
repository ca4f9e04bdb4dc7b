import { isExpression, sourceOf } from '../../asl/lint/expressions.ts';
import { arrayOf, isObject, type JsonObject } from '../../asl/lint/json.ts';
import { parseResource } from '../../asl/lint/resources.ts';

const LONGEST_LABEL = 34;

const shorten = (text: string): string =>
  text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1).trimEnd()}…` : text;

/** The condition of a choice as a label: `$states.input.ok = false` as `ok = false`. */
export function conditionLabel({ Condition: condition }: JsonObject): string {
  if (!isExpression(condition)) return String(condition);
  const source = sourceOf(condition).replaceAll('$states.input.', '').replaceAll(/\s+/g, ' ').trim();
  return shorten(source);
}

/** The errors of a catcher as a label; none for any error, which the dashes of the line say. */
export function catchLabel({ ErrorEquals: names }: JsonObject): string | undefined {
  const [first, ...others] = arrayOf(names).map(String);
  if (first === undefined || first === 'States.ALL') return undefined;
  return shorten(others.length === 0 ? first : `${first} +${others.length}`);
}

/** A number of seconds as people say it: 90 as `90 s`, 7200 as `2 h`. */
function duration(seconds: unknown): string | undefined {
  if (typeof seconds !== 'number') return undefined;
  const [size, unit] = (
    [
      [86_400, 'd'],
      [3_600, 'h'],
      [60, 'min'],
    ] as const
  ).find(([it]) => seconds >= it && seconds % it === 0) ?? [1, 's'];
  return `${seconds / size} ${unit}`;
}

const TASKS: Readonly<Record<string, string>> = {
  'lambda:invoke': 'Task',
  'lambda:invoke.waitForTaskToken': 'Task · waits for an answer',
  'states:startExecution': 'Task · starts a flow',
  'states:startExecution.sync': 'Task · runs a flow',
  'states:startExecution.sync:2': 'Task · runs a flow',
};

/** Whether a state waits until somebody reports with its task token. */
export const isCallback = ({ Resource: arn }: JsonObject): boolean =>
  typeof arn === 'string' && arn.endsWith('.waitForTaskToken');

function taskCaption({ Resource: arn }: JsonObject): string {
  const resource = typeof arn === 'string' ? parseResource(arn) : undefined;
  return (resource && TASKS[resource.action + resource.pattern]) ?? (resource ? `Task · ${resource.action}` : 'Task');
}

function mapCaption({ MaxConcurrency: most }: JsonObject): string {
  if (most === 1) return 'Map · one at a time';
  return typeof most === 'number' && most > 1 ? `Map · ${most} at a time` : 'Map';
}

const waitCaption = ({ Seconds: seconds, Timestamp: time }: JsonObject): string =>
  time === undefined ? `Wait${duration(seconds) ? ` · ${duration(seconds)}` : ''}` : 'Wait · until a time';

const failCaption = ({ Error: error }: JsonObject): string =>
  typeof error === 'string' && error !== '' && !isExpression(error) ? `Fail · ${shorten(error)}` : 'Fail';

const branchesCaption = ({ Branches: branches }: JsonObject): string =>
  `Parallel · ${arrayOf(branches).filter(isObject).length} branches`;

const CAPTIONS: Readonly<Record<string, (body: JsonObject) => string>> = {
  Task: taskCaption,
  Map: mapCaption,
  Wait: waitCaption,
  Fail: failCaption,
  Parallel: branchesCaption,
};

/** What stands under the name of a state: its type, and what of the definition tells it from others of the type. */
export const caption = (type: string, body: JsonObject): string => CAPTIONS[type]?.(body) ?? type;
