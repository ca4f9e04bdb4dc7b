import { isExpression } from './expressions.ts';
import type { Problem } from './finding.ts';
import { objectsOf } from './json.ts';
import type { Machine, StateNode } from './machine.ts';

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

function* waitOf({ type, body, path }: StateNode): Generator<Problem> {
  if (type !== 'Wait') return;
  const given = ['Seconds', 'Timestamp'].filter((field) => field in body);
  if (given.length !== 1) {
    yield { rule: 'wait-duration', path, message: `${given.length} of Seconds and Timestamp are given` };
  }
  const time = body.Timestamp;
  if (typeof time !== 'string' || isExpression(time)) return;
  if (!RFC3339.test(time) || Number.isNaN(Date.parse(time))) {
    yield { rule: 'wait-timestamp', path, field: 'Timestamp', message: `${JSON.stringify(time)} is not a time` };
  }
}

function* conditionsOf({ body, path }: StateNode): Generator<Problem> {
  for (const [index, { Condition: condition }] of objectsOf(body.Choices)) {
    if (condition === undefined || typeof condition === 'boolean' || isExpression(condition)) continue;
    const message = `${JSON.stringify(condition)} is not a condition`;
    yield { rule: 'choice-condition', path, field: `Choices[${index}].Condition`, message };
  }
}

function* heartbeatOf({ body, path }: StateNode): Generator<Problem> {
  const { HeartbeatSeconds: heartbeat, TimeoutSeconds: timeout } = body;
  if (typeof heartbeat !== 'number' || typeof timeout !== 'number' || heartbeat < timeout) return;
  const message = `${heartbeat} is not below the timeout, ${timeout}`;
  yield { rule: 'heartbeat-below-timeout', path, field: 'HeartbeatSeconds', message };
}

/** What single types of state ask for besides their fields. */
export function checkStates({ states }: Machine): Problem[] {
  return states
    .filter(({ jsonata }) => jsonata)
    .flatMap((node) => [...waitOf(node), ...conditionsOf(node), ...heartbeatOf(node)]);
}
