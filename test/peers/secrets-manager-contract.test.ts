import { afterAll, beforeAll, describe, onTestFinished } from 'vitest';
import { awsSecretsManager } from '../../lib/plugins/backends/aws-secrets-manager.ts';
import { type BackendHarness, backendContract } from '../contract/backend-contract.ts';
import { SECRETS_MANAGER_BAD_CONFIGS, useAwsLogin } from '../support/aws-login.ts';
import { startForwarder } from '../support/forwarder.ts';
import { type Localstack, startLocalstack } from '../support/localstack.ts';
import { missing } from '../support/peers.ts';

const why = missing('localstack');

describe.skipIf(why !== undefined)(`aws-secrets-manager on LocalStack ${why ?? ''}`, () => {
  let localstack: Localstack;
  let started = 0;
  beforeAll(async () => {
    localstack = await startLocalstack();
  });
  afterAll(() => localstack?.stop());

  const harness: BackendHarness = {
    start: async () => {
      useAwsLogin();
      const forwarder = await startForwarder(localstack.endpoint);
      let isOpen = true;
      const close = async () => {
        if (isOpen) await forwarder.close();
        isOpen = false;
      };
      onTestFinished(close);
      started += 1;
      const config = {
        use: 'aws-secrets-manager',
        region: 'eu-west-1',
        endpoint: forwarder.origin,
        prefix: `test-${started}/`,
        replicas: ['eu-central-1'],
      };
      return { config, deps: {}, break: close };
    },
    bad: SECRETS_MANAGER_BAD_CONFIGS,
    failures: ['Unavailable', 'OutcomeUnknown'],
    refuses64KiB: true,
  };
  backendContract(awsSecretsManager, harness);
});
