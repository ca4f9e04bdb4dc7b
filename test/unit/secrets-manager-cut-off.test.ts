import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { BackendClient, SecretRef } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { awsSecretsManager } from '../../lib/plugins/backends/aws-secrets-manager.ts';
import { useAwsLogin } from '../support/aws-login.ts';
import { type FakeCall, type FakeSecretsManager, startFakeSecretsManager } from '../support/fake-secrets-manager.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const V1 = '1'.repeat(32);
const V2 = '2'.repeat(32);
const ref: SecretRef = { path: 'database/orders', fields: { password: 'pg_password' } };
const value = (password: string) => Secret.of({ password });

type Act = (client: BackendClient) => Promise<unknown>;

const stageFirst: Act = (client) => client.stage(ref, V1, value('one'));
const promoteFirst: Act = (client) => client.promote(ref, V1, undefined);
const stageNext: Act = (client) => client.stage(ref, V2, value('two'));
const promoteNext: Act = (client) => client.promote(ref, V2, V1);
const demote: Act = (client) => client.demote(ref, V2, V1);
const discard: Act = (client) => client.discard(ref, V2);

/** Each change with what comes before it. */
const CHANGES: Readonly<Record<string, readonly [before: readonly Act[], act: Act]>> = {
  stage: [[], stageFirst],
  'a first promote': [[stageFirst], promoteFirst],
  promote: [[stageFirst, promoteFirst, stageNext], promoteNext],
  demote: [[stageFirst, promoteFirst, stageNext, promoteNext], demote],
  discard: [[stageFirst, promoteFirst, stageNext], discard],
};

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

/** All that a reader sees, but for the moments. */
const stateOf = (fake: FakeSecretsManager) =>
  during(fake, async (client) => {
    const { current, previous, pending } = await client.versions(ref);
    const values = [V1, V2].map((version) =>
      client.read(ref, version).then(
        (credential) => credential.value.reveal(),
        (error: Error) => error.name,
      ),
    );
    const ids = pending.map(({ version }) => version);
    return { current: current?.version, previous: previous?.version, pending: ids, values: await Promise.all(values) };
  });

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
