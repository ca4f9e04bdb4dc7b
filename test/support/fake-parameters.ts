import { z } from 'zod';
import { startServer, type TestServer } from './http-server.ts';

const input = z
  .object({
    Name: z.string(),
    ResourceId: z.string(),
    Value: z.string(),
    Type: z.string(),
    KeyId: z.string(),
    Description: z.string(),
    AllowedPattern: z.string(),
    Tier: z.string(),
    Overwrite: z.boolean(),
    Tags: z.array(z.object({ Key: z.string(), Value: z.string() })),
  })
  .partial();
type Input = z.output<typeof input>;

interface ParameterVersion extends Input {
  readonly Version: number;
}

export interface FakeParameter {
  readonly versions: ParameterVersion[];
  readonly tags: Map<string, string>;
}

export interface FakeParameters extends TestServer {
  readonly parameters: Map<string, FakeParameter>;
  /** Says what to answer in place of the fake, as the name of an error; undefined leaves it to the fake. */
  intercept: (operation: string) => string | undefined;
  /** Whether the connection ends between the effect of a call and its reply. */
  losesReply: (operation: string) => boolean;
}

/**
 * The Parameter Store over its published JSON protocol: versions with their settings, tags, overwriting without a question.
 * It leaves out credentials and IAM, encryption, labels, policies, the change of types, quotas and pages.
 */
export async function startFakeParameters(): Promise<FakeParameters> {
  const server = await startServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const operation = String(request.headers['x-amz-target']).replace('AmazonSSM.', '');
    const given = input.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    const outcome = fake.intercept(operation) ?? OPERATIONS[operation]?.(fake, given) ?? 'UnknownOperationException';
    if (fake.losesReply(operation)) return void request.socket.destroy();
    reply.writeHead(typeof outcome === 'string' ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' });
    reply.end(JSON.stringify(typeof outcome === 'string' ? { __type: outcome, message: 'words of AWS' } : outcome));
  });
  const fake: FakeParameters = {
    ...server,
    parameters: new Map(),
    intercept: () => undefined,
    losesReply: () => false,
  };
  return fake;
}

const OPERATIONS: Readonly<Record<string, (fake: FakeParameters, given: Input) => object | string>> = {
  GetParameter: ({ parameters }, { Name = '' }) => {
    const Parameter = parameters.get(Name)?.versions.at(-1);
    return Parameter === undefined ? 'ParameterNotFound' : { Parameter };
  },
  GetParameterHistory: ({ parameters }, { Name = '' }) => {
    const versions = parameters.get(Name)?.versions;
    return versions === undefined ? 'ParameterNotFound' : { Parameters: versions };
  },
  ListTagsForResource: ({ parameters }, { ResourceId = '' }) => {
    const tags = parameters.get(ResourceId)?.tags;
    return tags === undefined ? 'InvalidResourceId' : { TagList: [...tags].map(([Key, Value]) => ({ Key, Value })) };
  },
  AddTagsToResource: ({ parameters }, { ResourceId = '', Tags = [] }) => {
    for (const { Key, Value } of Tags) parameters.get(ResourceId)?.tags.set(Key, Value);
    return parameters.has(ResourceId) ? {} : 'InvalidResourceId';
  },
  PutParameter: ({ parameters }, { Name = '', Overwrite = false, Tags = [], ...settings }) => {
    const found = parameters.get(Name);
    if (found !== undefined && !Overwrite) return 'ParameterAlreadyExists';
    if (Overwrite && Tags.length > 0) return 'ValidationException';
    const { versions, tags } = found ?? { versions: [], tags: new Map(Tags.map(({ Key, Value }) => [Key, Value])) };
    const Version = versions.length + 1;
    versions.push({ ...settings, Version });
    parameters.set(Name, { versions, tags });
    return { Version };
  },
};
