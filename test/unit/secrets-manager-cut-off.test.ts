import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { awsSecretsManager } from '../../lib/plugins/backends/aws-secrets-manager.ts';
import { useAwsLogin } from '../support/aws-login.ts';
import { type Act, CHANGES, shownState } from '../support/cut-off.ts';
import { type FakeCall, type FakeSecretsManager, startFakeSecretsManager } from '../support/fake-secrets-manager.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

beforeEach(useAwsLogin);

async function prepared(before: readonly Act[]): Promise<FakeSecretsManager> {
  const fake = await startFakeSecretsManager();
  onTestFinished(fake.close);
  for (const act of before) await during(fake, act);
  return fake;
}

async function during(fake: FakeSecretsManager, act: Act, more: object = {}): Promise<unknown> {
  const config = { use: 'aws-secrets-manager', region: 'eu-west-1', endpoint: fake.origin, ...more };
  const client = await awsSecretsManager.create(config, pluginDeps());
  try {
    return await act(client);
  } finally {
    await client.close?.();
  }
}

const stateOf = (fake: FakeSecretsManager) => during(fake, shownState);

const isWrite = ({ operation }: FakeCall) => !/^(Describe|Get|List)/.test(operation);

describe.each(Object.entries(CHANGES))('%s', (_name, [before, act]) => {
  it('that is cut off after any of its writes is completed by the next attempt', async () => {
    const clean = await prepared(before);
    const start = clean.calls.length;
    await during(clean, act);
    const expected = await stateOf(clean);
    const writes = clean.calls.slice(start).filter(isWrite).length;
    expect(writes).toBeGreaterThan(0);
    for (let cut = 1; cut <= writes; cut += 1) {
      const fake = await prepared(before);
      let seen = 0;
      fake.losesReply = (call) => {
        if (isWrite(call)) seen += 1;
        return seen >= cut;
      };
      const failure: unknown = await during(fake, act).catch((error: unknown) => error);
      expect(failure, `cut ${cut}`).toMatchObject({ name: expect.stringMatching(/^(OutcomeUnknown|Unavailable)$/) });
      fake.losesReply = () => false;
      await during(fake, act);
      expect(await stateOf(fake), `cut ${cut}`).toEqual(expected);
    }
  });

  it('is the same where every look is behind for a while', async () => {
    const clean = await prepared([...before, act]);
    const fake = await startFakeSecretsManager();
    onTestFinished(fake.close);
    fake.lag = 3;
    for (const step of [...before, act]) await during(fake, step);
    expect(await stateOf(fake)).toEqual(await stateOf(clean));
  });

  it('whose role lacks any one action says which, on which secret, and nothing is half done', async () => {
    const clean = await prepared(before);
    const start = clean.calls.length;
    await during(clean, act);
    const actions = new Set(clean.calls.slice(start).map(({ operation }) => operation));
    for (const action of actions) {
      const fake = await prepared(before);
      const expected = await stateOf(fake);
      fake.intercept = ({ operation }) => (operation === action ? 'AccessDeniedException' : undefined);
      await expect(during(fake, act), action).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining(`secretsmanager:${action} on database/orders in eu-west-1`),
      });
      fake.intercept = () => undefined;
      expect(await stateOf(fake), action).toEqual(expected);
    }
  });
});
