import type { RuleName } from './catalogue.ts';
import { isExpression } from './expressions.ts';
import type { Problem } from './finding.ts';
import { isObject } from './json.ts';
import type { Machine, StateNode } from './machine.ts';
import { INTEGRATIONS, isActivity, isFunction, OTHER_SERVICES, parseResource } from './resources.ts';

/** A whole Resource that is a placeholder without a value cannot be judged. */
const isPlaceholder = (arn: string): boolean => /^\$\{[^}]+\}$/.test(arn);

function isOfOtherService(arn: string): boolean {
  const service = parseResource(arn)?.action.split(':')[0];
  return service !== undefined && OTHER_SERVICES.has(service);
}

function resourceRule(arn: string): RuleName | undefined {
  if (isPlaceholder(arn)) return undefined;
  if (isActivity(arn)) return 'activity';
  if (isFunction(arn) || isOfOtherService(arn)) return 'unsupported-resource';
  const resource = parseResource(arn);
  const patterns = INTEGRATIONS.get(resource?.action ?? '')?.patterns ?? [];
  return resource && patterns.includes(resource.pattern) ? undefined : 'unknown-resource';
}

const MESSAGES: Partial<Record<RuleName, string>> = {
  activity: 'is an activity',
  'unsupported-resource': 'is of AWS, but the interpreter does not call it',
  'unknown-resource': 'is no service integration',
};

function argumentsOf(arn: string, { body, path }: StateNode): Problem[] {
  const integration = INTEGRATIONS.get(parseResource(arn)?.action ?? '');
  const given = body.Arguments ?? {};
  if (!integration || !isObject(given)) return [];
  const { required, optional } = integration;
  const missing = required.filter((argument) => !(argument in given));
  const unknown = Object.keys(given).filter((argument) => ![...required, ...optional].includes(argument));
  return [
    ...missing.map(
      (argument): Problem => ({
        ...{ rule: 'missing-argument', path, field: `Arguments.${argument}` },
        message: `${argument} is missing`,
      }),
    ),
    ...unknown.map(
      (argument): Problem => ({
        ...{ rule: 'unknown-argument', path, field: `Arguments.${argument}` },
        message: `${argument} is not an argument of ${parseResource(arn)?.action}`,
      }),
    ),
  ];
}

/** An expression may make the whole arguments; what it makes cannot be seen. */
function tokenOf(arn: string, { body, path }: StateNode): Problem[] {
  const given = body.Arguments;
  if (parseResource(arn)?.pattern !== '.waitForTaskToken' || isExpression(given)) return [];
  if (JSON.stringify(given ?? null).includes('Task.Token')) return [];
  return [{ rule: 'task-token-unused', path, field: 'Arguments', message: 'the task token is not passed on' }];
}

function resourceOf(node: StateNode): Problem[] {
  const { Resource: arn } = node.body;
  if (node.type !== 'Task' || typeof arn !== 'string') return [];
  const rule = resourceRule(arn);
  if (rule) return [{ rule, path: node.path, field: 'Resource', message: `${arn} ${MESSAGES[rule]}` }];
  return node.jsonata ? [...argumentsOf(arn, node), ...tokenOf(arn, node)] : [];
}

/** What a Task calls and with which arguments. */
export const checkResources = ({ states }: Machine): Problem[] => states.flatMap(resourceOf);
