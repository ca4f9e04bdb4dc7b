import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Client } from 'pg';
import { z } from 'zod';
import { startServer } from './http-server.ts';

export interface AwsConsumerOptions {
  readonly endpoint: string;
  readonly region: string;
  /** The secret's name in Secrets Manager. */
  readonly secret: string;
  /** Its entry in keyturn.yaml. */
  readonly entry: string;
  readonly database: { readonly host: string; readonly port: number; readonly database: string };
}

export interface AwsConsumer {
  readonly origin: string;
  /** Reads its secret and logs in with it, as it does when it is told to reload. */
  load(): Promise<void>;
  /** From now on it answers that it reloaded, and goes on with what it has. */
  stick(stuck: boolean): void;
  /** As whom it works. */
  user(): string;
  close(): Promise<void>;
}

const stored = z.looseObject({ username: z.string(), password: z.string() });
const record = z.looseObject({ version: z.string() });

/**
 * A service as one finds it on AWS: it reads its secret in Secrets Manager, works on a session of its own, and reports
 * which version that is.
 */
export async function startAwsConsumer({
  endpoint,
  region,
  secret,
  entry,
  database,
}: AwsConsumerOptions): Promise<AwsConsumer> {
  const credentials = { accessKeyId: '111122223333', secretAccessKey: 'test' };
  const aws = new SecretsManagerClient({ endpoint, region, credentials });
  let session: Client | undefined;
  let stuck = false;
  let version = '';
  let user = '';
  const load = async () => {
    const { SecretString = '' } = await aws.send(new GetSecretValueCommand({ SecretId: secret }));
    const value = stored.parse(JSON.parse(SecretString));
    const next = new Client({
      ...database,
      user: value.username,
      password: value.password,
      application_name: 'orders-api',
    });
    // A session that the server ends on purpose.
    next.on('error', () => undefined);
    await next.connect();
    await session?.end();
    const [, kept] = Object.entries(value).find(([name]) => name.startsWith('_keyturn.')) ?? [];
    session = next;
    user = value.username;
    version = record.parse(JSON.parse(String(kept))).version;
  };
  const server = await startServer((request, reply) => {
    const answer = async () => {
      if (request.method === 'POST' && !stuck) await load();
      return { versions: { [entry]: version } };
    };
    answer().then(
      (body) => reply.end(JSON.stringify(body)),
      () => reply.writeHead(503).end(),
    );
  });
  return {
    origin: server.origin,
    load,
    stick: (value) => {
      stuck = value;
    },
    user: () => user,
    close: async () => {
      await session?.end();
      await server.close();
      aws.destroy();
    },
  };
}
