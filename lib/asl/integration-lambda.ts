import { type Data, dataOf, receive } from './data.ts';
import { StateFailure } from './errors.ts';
import type { Call } from './integration.ts';
import type { Json, JsonObject } from './json.ts';
import type { TaskRequest } from './tasks.ts';
import type { Visit } from './visit.ts';

/** `lambda:invoke`: the host does the work. */
export function invoke(visit: Visit, args: JsonObject, call: Call): Promise<unknown> {
  return visit.run.host.tasks(new Invocation(visit, args, call));
}

/** The result of a function, with what Lambda's integration adds to it. */
export function readLambdaResult(visit: Visit, answer: unknown): Data {
  const { host, recorder } = visit.run;
  const payload = marshalled(answer);
  const output = dataOf(lambdaResult(payload, host.requestId(), recorder.at));
  output.exceedsLimit(payload.text.length * 3 + METADATA);
  return output;
}

/** What the host is asked, with what it rarely looks at made on demand. */
class Invocation implements TaskRequest {
  readonly functionName: string;
  readonly payload: Json;
  readonly #visit: Visit;
  readonly #call: Call;

  constructor(visit: Visit, { FunctionName, Payload }: JsonObject, call: Call) {
    this.functionName = String(FunctionName);
    this.payload = Payload ?? {};
    this.#visit = visit;
    this.#call = call;
  }

  get resource(): string {
    return this.#call.arn;
  }

  get clientToken(): string {
    return this.#call.clientToken;
  }

  get taskToken(): string | undefined {
    return this.#call.token;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get context(): Json {
    return this.#visit.context();
  }
}

/** A function's result comes through JSON; what JSON cannot carry fails it, as on Lambda. */
function marshalled(result: unknown): Data {
  try {
    return receive(result);
  } catch (error) {
    const errorType = 'Runtime.MarshalError';
    const errorMessage = `Unable to stringify response body: ${error instanceof Error ? error.message : String(error)}`;
    throw new StateFailure(errorType, JSON.stringify({ errorMessage, errorType, stackTrace: [] }));
  }
}

/** More bytes than all that is added to a function's result. */
const METADATA = 2_000;

/** What the integration makes of a function's result. */
function lambdaResult(payload: Data, requestId: string, now: number): Json {
  const length = String(Buffer.byteLength(payload.text));
  const date = httpDate(now);
  const trace = `root=${requestId};sampled=0`;
  return {
    ExecutedVersion: '$LATEST',
    Payload: payload.json,
    SdkHttpMetadata: {
      AllHttpHeaders: {
        'X-Amz-Executed-Version': ['$LATEST'],
        'x-amzn-Remapped-Content-Length': ['0'],
        Connection: ['keep-alive'],
        'x-amzn-RequestId': [requestId],
        'Content-Length': [length],
        Date: [date],
        'X-Amzn-Trace-Id': [trace],
        'Content-Type': ['application/json'],
      },
      HttpHeaders: {
        Connection: 'keep-alive',
        'Content-Length': length,
        'Content-Type': 'application/json',
        Date: date,
        'X-Amz-Executed-Version': '$LATEST',
        'x-amzn-Remapped-Content-Length': '0',
        'x-amzn-RequestId': requestId,
        'X-Amzn-Trace-Id': trace,
      },
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}

let lastDate = { second: -1, text: '' };

/** The date of an HTTP header, written once a second. */
function httpDate(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== lastDate.second) lastDate = { second, text: new Date(now).toUTCString() };
  return lastDate.text;
}
