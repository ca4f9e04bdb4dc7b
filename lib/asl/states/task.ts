import { dataOf } from '../data.ts';
import { andThen, type Eventually } from '../environment.ts';
import type { EventDetails } from '../history.ts';
import type { Integration } from '../integration.ts';
import { integrationOf } from '../integrations.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import { compileNumber, evaluateNumber, type NumberField } from '../numbers.ts';
import { compileOutcome, conclude } from '../outcome.ts';
import { compilePolicy, guarded } from '../policy.ts';
import type { Compile } from '../state.ts';
import { runTask } from '../task-attempt.ts';
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
    timeout: compileNumber(definition.TimeoutSeconds, 'TimeoutSeconds'),
    heartbeat: compileNumber(definition.HeartbeatSeconds, 'HeartbeatSeconds'),
  };
  const outcome = compileOutcome(definition);
  const policy = compilePolicy(definition);
  const attempt = (visit: Visit) => {
    const { ids } = visit.run.host;
    visit.token = integration.waitsFor === 'token' ? visit.note(() => ids.token()) : undefined;
    return andThen(schedule(visit, integration, fields), (scheduled) =>
      runTask(visit, { arn, integration, scheduled }).then((result) =>
        conclude(visit, outcome, result, { result: result.json }),
      ),
    );
  };
  return (visit) => guarded(visit, policy, () => attempt(visit));
};

/** Records what is asked for; after a crash, that is what was recorded. */
function schedule(visit: Visit, integration: Integration, fields: Fields): Eventually<EventDetails> {
  const earlier = visit.upcoming();
  if (earlier?.type === 'TaskScheduled') return visit.record('TaskScheduled').details ?? {};
  return andThen(prepare(visit, integration, fields), (details) => {
    visit.record('TaskScheduled', details);
    return details;
  });
}

function prepare(visit: Visit, integration: Integration, fields: Fields): Eventually<EventDetails> {
  return andThen(visit.evaluate(fields.args), (value) => {
    const parameters = visit.checkSize(dataOf(checked(visit, integration, value)));
    const { resource, resourceType } = integration;
    const details = { parameters, region: visit.run.host.region, resource, resourceType };
    return fields.timeout || fields.heartbeat ? withLimits(visit, fields, details) : details;
  });
}

async function withLimits(visit: Visit, fields: Fields, details: EventDetails): Promise<EventDetails> {
  return {
    ...details,
    heartbeatInSeconds: fields.heartbeat && (await evaluateNumber(visit, fields.heartbeat)),
    timeoutInSeconds: fields.timeout && (await evaluateNumber(visit, fields.timeout)),
  };
}

/** Refuses arguments that the integration does not know, rather than to drop them. */
function checked(visit: Visit, { required, known }: Integration, args: Json): JsonObject {
  const wrong = isJsonObject(args) ? wrongArgument(args, required, known) : 'Arguments';
  if (wrong === undefined && isJsonObject(args)) return args;
  const supported = [...known].join(', ');
  const cause = `The argument '${wrong}' is missing, not a string, or not supported; supported are ${supported}`;
  throw visit.failEvaluation(new QueryFailure(cause, 'Arguments'));
}

function wrongArgument(args: JsonObject, required: string, known: ReadonlySet<string>): string | undefined {
  if (typeof args[required] !== 'string') return required;
  for (const name in args) if (!known.has(name)) return name;
  return undefined;
}
