import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { begin } from '../../lib/core/steps/begin.ts';
import { asLambda } from '../../lib/runtime/as-lambda.ts';
import { lambdaHost } from '../../lib/runtime/lambda-host.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ENVIRONMENT = {
  TABLE_NAME: 'ledger',
  AUDIT_KEY_ARN: 'audit',
  FINGERPRINT_KEY_ARN: 'fingerprint',
  TOKEN_KEY_ARN: 'token',
  AWS_REGION: 'eu-west-1',
};

afterEach(() => vi.unstubAllEnvs());

describe('a step as Lambda calls it', () => {
  it('says which variables its environment lacks', async () => {
    vi.stubEnv('LAMBDA_TASK_ROOT', '/var/task');
    const call = asLambda(begin)({});
    await expect(call).rejects.toMatchObject({ name: 'ConfigInvalid' });
    await expect(call).rejects.toThrow(/missing: TABLE_NAME, AUDIT_KEY_ARN, FINGERPRINT_KEY_ARN, TOKEN_KEY_ARN/);
  });

  it('says that its configuration is of another version, and nothing of what is in it', () => {
    const bundle = temporaryDirectory();
    writeFileSync(join(bundle, 'config.json'), '{"secrets": "canary"}');
    const host = lambdaHost({ ...ENVIRONMENT, LAMBDA_TASK_ROOT: bundle });
    expect(() => host.config()).toThrow(expect.objectContaining({ name: 'ConfigInvalid' }));
    expect(() => host.config()).toThrow(/deploy again/);
    expect(() => host.config()).not.toThrow(/canary/);
  });

  it('can be made anew after an environment that lacked something', async () => {
    const handler = asLambda(begin);
    await expect(handler({})).rejects.toMatchObject({ name: 'ConfigInvalid' });
    const bundle = temporaryDirectory();
    writeFileSync(join(bundle, 'config.json'), '{}');
    for (const [name, value] of Object.entries({ ...ENVIRONMENT, LAMBDA_TASK_ROOT: bundle })) vi.stubEnv(name, value);
    await expect(handler({})).rejects.toThrow(/config.json/);
  });
});
