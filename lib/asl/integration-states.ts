import { type Data, dataOf, receive } from './data.ts';
import { EngineError, StateFailure } from './errors.ts';
import { type Call, sdkMetadata } from './integration.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import type { Child } from './run.ts';
import type { Visit } from './visit.ts';

/** `states:startExecution`: another machine, found by its ARN; a name that is taken fails the Task. */
export async function startExecution(visit: Visit, args: JsonObject): Promise<JsonObject> {
  const { host } = visit.run;
  const name = typeof args.Name === 'string' ? args.Name : visit.note(() => host.ids.uuid());
  const { arn, startedAt } = startNamed(() => host.startChild(String(args.StateMachineArn), name, args.Input ?? {}));
  return { ExecutionArn: arn, StartDate: startedAt };
}

/** The answer of the API, with what the SDK adds to it. */
export function readStartResult(visit: Visit, answer: unknown): Data {
  const { host, recorder } = visit.run;
  const { json, text } = receive(answer);
  const headers = {
    connection: 'keep-alive',
    'Content-Length': String(text.length),
    'Content-Type': 'application/x-amz-json-1.0',
  };
  return dataOf({ ...(isJsonObject(json) ? json : {}), ...sdkMetadata(host.requestId(), recorder.at, headers) });
}

/** Waits for the execution that was started; `show` gives its input and output the shape that the pattern has. */
export async function followExecution(
  visit: Visit,
  submitted: Json,
  call: Call,
  show: (data: Data) => Json,
): Promise<Data> {
  const arn = isJsonObject(submitted) ? String(submitted.ExecutionArn) : '';
  const child = visit.run.host.childOf(arn);
  if (!child)
    throw new StateFailure('StepFunctions.ExecutionDoesNotExistException', `Execution Does Not Exist: '${arn}'`);
  call.onAbandon(() => child.stop());
  const { status, description, input, output } = await child.ended;
  const included = { Included: true };
  const end = dataOf({
    ...description,
    Input: show(input),
    InputDetails: included,
    ...(output && { Output: show(output), OutputDetails: included }),
  });
  if (status === 'SUCCEEDED') return end;
  throw new StateFailure('States.TaskFailed', end.text);
}

/** Names the errors of the API as the integration does. */
function startNamed(start: () => Child): Child {
  try {
    return start();
  } catch (error) {
    if (error instanceof EngineError) throw new StateFailure(`StepFunctions.${error.name}Exception`, error.message);
    throw error;
  }
}
