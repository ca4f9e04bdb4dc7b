import { type Call, sdkMetadata } from './integration.ts';
import { type Data, dataOf, type JsonObject } from './json.ts';
import type { Visit } from './visit.ts';

/** `lambda:invoke`: the host does the work. */
export async function invoke(visit: Visit, args: JsonObject, call: Call): Promise<Data> {
  const { host } = visit.run;
  const result = await host.tasks({
    resource: call.arn,
    functionName: String(args.FunctionName),
    payload: args.Payload ?? {},
    clientToken: call.clientToken,
    taskToken: call.token,
    signal: call.signal,
    context: visit.context(),
  });
  return lambdaResult(dataOf(result ?? null), host.ids.uuid(), host.clock.now());
}

/** What the integration makes of a function's result. */
function lambdaResult(payload: Data, requestId: string, now: number): Data {
  const metadata = sdkMetadata(requestId, now, {
    'X-Amz-Executed-Version': '$LATEST',
    'x-amzn-Remapped-Content-Length': '0',
    Connection: 'keep-alive',
    'Content-Length': String(Buffer.byteLength(payload.text)),
    'Content-Type': 'application/json',
    'X-Amzn-Trace-Id': `root=${requestId};sampled=0`,
  });
  const result = dataOf({ ExecutedVersion: '$LATEST', Payload: payload.json, ...metadata, StatusCode: 200 });
  // A function's result comes through JSON, whatever the host's own value shares or hides.
  return { json: JSON.parse(result.text), text: result.text };
}
