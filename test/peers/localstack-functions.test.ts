import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Localstack, startLocalstack } from '../support/localstack.ts';
import { missing, peersCache } from '../support/peers.ts';

/** Does as its event says; counts the calls of its process. */
const HANDLER = `
let calls = 0;
export async function handler({ act, value }, context) {
  calls += 1;
  console.log('call', calls);
  if (act === 'throw') throw new RangeError(value);
  if (act === 'exit') process.exit(3);
  if (act === 'hang') await new Promise(() => setInterval(() => undefined, 1000));
  return { calls, value, greeting: process.env.GREETING, left: context.getRemainingTimeInMillis() > 0 };
}
`;

const absent = missing('localstack');

describe.skipIf(absent)(`a function on LocalStack, as a Node process${absent ? ` (${absent})` : ''}`, () => {
  let localstack: Localstack;
  let lambda: LambdaClient;

  beforeAll(async () => {
    localstack = await startLocalstack();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    lambda = new LambdaClient({ endpoint: localstack.endpoint, region: 'us-east-1', credentials });
    const create = new CreateFunctionCommand({
      FunctionName: 'obedient',
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/any',
      Timeout: 1,
      Environment: { Variables: { GREETING: 'hello' } },
      Code: { ZipFile: zipped('index.mjs', HANDLER) },
    });
    await lambda.send(create);
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: 'obedient' });
  });
  afterAll(async () => {
    lambda.destroy();
    await localstack.stop();
  });

  async function call(event: { readonly act?: string; readonly value: string }) {
    const invoke = new InvokeCommand({ FunctionName: 'obedient', Payload: JSON.stringify(event) });
    const { FunctionError, Payload } = await lambda.send(invoke);
    return { failed: FunctionError, answer: JSON.parse(Payload?.transformToString() ?? 'null') };
  }

  it('answers with its variables and context, and stays for the next call', async () => {
    const answer = { value: 'a', greeting: 'hello', left: true };
    expect(await call({ value: 'a' })).toEqual({ failed: undefined, answer: { ...answer, calls: 1 } });
    expect(await call({ value: 'a' })).toEqual({ failed: undefined, answer: { ...answer, calls: 2 } });
  });

  it('reports its error as Lambda does', async () => {
    const { failed, answer } = await call({ act: 'throw', value: 'too far' });
    expect(failed).toBe('Unhandled');
    expect(answer).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far', trace: expect.any(Array) });
  });

  it.each([
    ['hang', 'Sandbox.Timedout', 'Task timed out after 1.00 seconds'],
    ['exit', 'Runtime.ExitError', 'Runtime exited with exit status: 3'],
  ])('that does %s fails as %s, and its process is replaced', async (act, errorType, message) => {
    const { failed, answer } = await call({ act, value: '' });
    expect(failed).toBe('Unhandled');
    expect(answer).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) });
    expect(await call({ value: 'again' })).toMatchObject({ failed: undefined, answer: { calls: 1 } });
  });
});

/** A bundle with one file. */
function zipped(name: string, text: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'keyturn-bundle-'));
  try {
    writeFileSync(join(directory, name), text);
    const python = join(peersCache, 'localstack/bin/python');
    execFileSync(python, ['-m', 'zipfile', '-c', 'bundle.zip', name], { cwd: directory });
    return readFileSync(join(directory, 'bundle.zip'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
