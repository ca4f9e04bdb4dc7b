import type { EventDetails } from '../history.ts';
import type { Integration } from '../integration.ts';
import { integrationOf } from '../integrations.ts';
import { dataOf, isJsonObject, type Json, type JsonObject } from '../json.ts';
import { compileNumber, evaluateNumber, type NumberField } from '../numbers.ts';
import { compileOutcome, conclude } from '../outcome.ts';
import { compilePolicy, guarded } from '../policy.ts';
import type { Compile } from '../state.ts';
import { runTask, type Task } from '../task-attempt.ts';
import { compileTemplate, QueryFailure, type Template } from '../template.ts';
import type { Visit } from '../visit.ts';

interface Fields {
  readonly args: Template;
  readonly timeout: NumberField | undefined;
  readonly heartbeat: NumberField | undefined;
}

/** Task: has the host or another machine do something. */
export const compileTask: Compile = (definition) => {
  const arn = String(definition.Resource);
  const integration = integrationOf(arn);
  if (!integration) throw new Error(`no integration for ${arn}`);
  const fields: Fields = {
    args: compileTemplate(definition.Arguments ?? {}, 'Arguments'),
    timeout: compileNumber(definition.TimeoutSeconds, 'TimeoutSeconds', 1),
    heartbeat: compileNumber(definition.HeartbeatSeconds, 'HeartbeatSeconds', 1),
  };
  const outcome = compileOutcome(definition);
  const policy = compilePolicy(definition);
  const attempt = async (visit: Visit) => {
    const { ids } = visit.run.host;
    visit.token = integration.waitsFor === 'token' ? visit.note(() => ids.token()) : undefined;
    const task: Task = { arn, integration, scheduled: await schedule(visit, integration, fields) };
    const result = await runTask(visit, task);
    return conclude(visit, outcome, result, { result: result.json });
  };
  return (visit) => guarded(visit, policy, () => attempt(visit));
};

/** Records what is asked for; after a crash, that is what was recorded. */
async function schedule(visit: Visit, integration: Integration, fields: Fields): Promise<EventDetails> {
  const earlier = visit.upcoming();
  const details = earlier?.type === 'TaskScheduled' ? earlier.details : await prepare(visit, integration, fields);
  return visit.record('TaskScheduled', details).details ?? {};
}

async function prepare(visit: Visit, integration: Integration, fields: Fields): Promise<EventDetails> {
  const { resource, resourceType } = integration;
  const args = dataOf(checked(visit, integration, await visit.evaluate(fields.args)));
  const heartbeatInSeconds = fields.heartbeat && (await evaluateNumber(visit, fields.heartbeat));
  const timeoutInSeconds = fields.timeout && (await evaluateNumber(visit, fields.timeout));
  const { region } = visit.run.host;
  return {
    parameters: visit.checkSize(args).text,
    region,
    resource,
    resourceType,
    ...(heartbeatInSeconds === undefined ? {} : { heartbeatInSeconds }),
    ...(timeoutInSeconds === undefined ? {} : { timeoutInSeconds }),
  };
}

/** Refuses arguments that the integration does not know, rather than to drop them. */
function checked(visit: Visit, { required, optional }: Integration, args: Json): JsonObject {
  const known = [...required, ...optional];
  const wrong = isJsonObject(args)
    ? (required.find((name) => typeof args[name] !== 'string') ??
      Object.keys(args).find((name) => !known.includes(name)))
    : 'Arguments';
  if (wrong === undefined && isJsonObject(args)) return args;
  const cause = `The argument '${wrong}' is missing, not a string, or not supported; supported are ${known.join(', ')}`;
  throw visit.failEvaluation(new QueryFailure(cause, 'Arguments'));
}
