import { z } from 'zod';
import { FakeSecret, type Outcome } from './fake-secret.ts';
import { startServer, type TestServer } from './http-server.ts';

export interface FakeCall {
  /** e.g. `GetSecretValue` */
  readonly operation: string;
  readonly region: string;
  readonly input: z.output<typeof fakeInput>;
}

export interface FakeSecretsManager extends TestServer {
  readonly calls: readonly FakeCall[];
  /** By name; the same in every region that has it. */
  readonly secrets: Map<string, FakeSecret>;
  /** Looks after each change that still see what was before it. */
  lag: number;
  /** Looks at a replica after each change that still see what was before it. */
  replicaLag: number;
  /** Says what to answer in place of the fake; undefined leaves it to the fake. */
  intercept: (call: FakeCall) => Outcome | undefined;
  /** Whether the connection ends between the effect of a call and its reply. */
  losesReply: (call: FakeCall) => boolean;
}

const labels = z.array(z.string());
const tags = z.array(z.object({ Key: z.string(), Value: z.string() }));

export const fakeInput = z
  .object({
    SecretId: z.string(),
    Name: z.string(),
    SecretString: z.string(),
    ClientRequestToken: z.string(),
    VersionId: z.string(),
    VersionStages: labels,
    VersionStage: z.string(),
    RemoveFromVersionId: z.string(),
    MoveToVersionId: z.string(),
    IncludeDeprecated: z.boolean(),
    Tags: tags,
    AddReplicaRegions: z.array(z.object({ Region: z.string() })),
    KmsKeyId: z.string(),
  })
  .partial();

const CHANGES = ['CreateSecret', 'PutSecretValue', 'UpdateSecretVersionStage', 'TagResource'];

/**
 * Secrets Manager over its published JSON protocol: creation with replicas, versions under given ids, labels that move,
 * tags, deprecated versions that vanish at once, looks that are behind. It leaves out credentials and IAM, KMS, deletion,
 * resource policies, rotation by functions, and the pages of long lists. The suite on an emulator has some of them.
 */
export async function startFakeSecretsManager(): Promise<FakeSecretsManager> {
  const calls: FakeCall[] = [];
  const server = await startServer(async (request, reply) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const call = {
      operation: String(request.headers['x-amz-target']).replace('secretsmanager.', ''),
      region: /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '',
      input: fakeInput.parse(JSON.parse(Buffer.concat(chunks).toString('utf8'))),
    };
    calls.push(call);
    const outcome = fake.intercept(call) ?? serve(fake, call);
    if (fake.losesReply(call)) return void request.socket.destroy();
    const status = typeof outcome === 'string' ? (outcome === 'InternalServiceError' ? 500 : 400) : 200;
    reply.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    reply.end(JSON.stringify(typeof outcome === 'string' ? { __type: outcome, message: 'words of AWS' } : outcome));
  });
  const fake: FakeSecretsManager = {
    ...server,
    calls,
    secrets: new Map(),
    lag: 0,
    replicaLag: 0,
    intercept: () => undefined,
    losesReply: () => false,
  };
  return fake;
}

function serve(fake: FakeSecretsManager, { operation, region, input }: FakeCall): Outcome {
  if (operation === 'CreateSecret') return create(fake, region, input);
  const secret = fake.secrets.get(input.SecretId ?? '');
  if (secret === undefined || !secret.isIn(region)) return 'ResourceNotFoundException';
  if (!CHANGES.includes(operation)) return secret.look(region, operation, input);
  if (region !== secret.region) return 'InvalidRequestException';
  return secret.change(operation, input, { here: fake.lag, there: fake.replicaLag });
}

function create(fake: FakeSecretsManager, region: string, input: FakeCall['input']): Outcome {
  const { Name = '', AddReplicaRegions = [] } = input;
  if (fake.secrets.has(Name)) return 'ResourceExistsException';
  const secret = new FakeSecret(
    region,
    AddReplicaRegions.map((replica) => replica.Region),
  );
  fake.secrets.set(Name, secret);
  return secret.change('PutSecretValue', input, { here: fake.lag, there: fake.replicaLag });
}
