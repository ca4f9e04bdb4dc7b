import type { Data } from './data.ts';
import type { Json, JsonObject } from './json.ts';
import type { Visit } from './visit.ts';

/** How one kind of `Resource` is called. */
export interface Integration {
  /** `resourceType` and `resource` of the history. */
  readonly resourceType: string;
  readonly resource: string;
  /** The argument that must be there, a string, and all that may be. */
  readonly required: string;
  readonly known: ReadonlySet<string>;
  /** `token`: the result comes with `sendTaskSuccess`; `job`: when the submitted work has ended. */
  readonly waitsFor?: 'token' | 'job';
  /** Makes the call. */
  submit(visit: Visit, args: JsonObject, call: Call): Promise<unknown>;
  /** What the integration makes of the answer to the call. */
  read(visit: Visit, answer: unknown): Data;
  /** For `job`: the result, once the submitted work has ended. */
  follow?(visit: Visit, submitted: Json, call: Call): Promise<Data>;
}

export interface Call {
  /** The full `Resource`. */
  readonly arn: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
  readonly clientToken: string;
  /** Calls `stop` when nobody waits for the result any more. */
  onAbandon(stop: () => void): void;
}

/** What the AWS SDK adds to a response. */
export function sdkMetadata(requestId: string, now: number, headers: Readonly<Record<string, string>>) {
  const all = { ...headers, Date: new Date(now).toUTCString(), 'x-amzn-RequestId': requestId };
  const lists = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]]));
  return {
    SdkHttpMetadata: { AllHttpHeaders: lists, HttpHeaders: all, HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
  };
}
