import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import type { Permission } from '../../core/ports.ts';
import type { AwsPlace } from './aws-settings.ts';

/** How an SDK's client logs in. */
export type AwsCredentials = NonNullable<SecretsManagerClientConfig['credentials']>;

export const roleArn = z.string().regex(/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'expected the ARN of a role');

export interface AssumingPlace extends AwsPlace {
  readonly roleArn?: string | undefined;
}

/** The login of a role, taken at the first call and for a quarter of an hour; undefined where none is named. */
export async function assumedRole({
  roleArn: role,
  region,
  endpoint,
}: AssumingPlace): Promise<AwsCredentials | undefined> {
  if (role === undefined) return undefined;
  const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  return fromTemporaryCredentials({
    params: { RoleArn: role, RoleSessionName: 'keyturn', DurationSeconds: 900 },
    clientConfig: { region, ...(endpoint !== undefined && { endpoint }) },
  });
}

/** With a role in between, the own role needs to take it and nothing else: what it may do, its account grants. */
export const throughRole = ({ roleArn: role }: AssumingPlace, own: readonly Permission[]): readonly Permission[] =>
  role === undefined ? own : [{ actions: ['sts:AssumeRole'], resources: [role] }];
