import { vi } from 'vitest';

/** A login for emulators and fakes, which take any; no file of the person who runs the tests is read. */
export function useAwsLogin(): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
}

const good = { use: 'aws-secrets-manager', region: 'eu-west-1' };

/** Each with the path of its bad key. */
export const SECRETS_MANAGER_BAD_CONFIGS: readonly (readonly [config: object, path: string])[] = [
  [{ ...good, regions: ['eu-west-1'] }, 'regions'],
  [{ use: good.use }, 'region'],
  [{ ...good, region: 'Europe' }, 'region'],
  [{ ...good, endpoint: 'http://aws.internal' }, 'endpoint'],
  [{ ...good, prefix: 'a b' }, 'prefix'],
  [{ ...good, kmsKeyId: '' }, 'kmsKeyId'],
  [{ ...good, replicas: ['eu-west-1'] }, 'replicas'],
];
