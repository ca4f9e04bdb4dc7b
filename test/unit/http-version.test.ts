import { describe, expect, it } from 'vitest';
import { RotationError } from '../../lib/core/errors.ts';
import type { FetchResponse } from '../../lib/core/fetch.ts';
import type { VerifyRequest } from '../../lib/core/ports.ts';
import { Secret } from '../../lib/core/secret.ts';
import { httpVersion } from '../../lib/plugins/verifiers/http-version.ts';
import { assertNoLeak, CANARY } from '../support/leak.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const secretId = 'production/database/orders';
const NEW = 'a'.repeat(32);
const OLD = 'b'.repeat(32);
const value = Secret.of({ password: CANARY });
const notAsked = async () => {
  throw new Error('the target is not asked');
};

const request: VerifyRequest = {
  secretId,
  consumer: 'orders-api',
  expected: { version: NEW, value },
  other: { version: OLD, value },
  target: {
    generate: notAsked,
    prepare: notAsked,
    install: notAsked,
    uninstall: notAsked,
    probe: notAsked,
    quiet: notAsked,
    retire: notAsked,
    sessions: notAsked,
  },
};

async function check(fetch: () => Promise<FetchResponse>) {
  const config = { use: 'http-version', url: 'http://orders.test/version?token=x' };
  return (await httpVersion.create(config, pluginDeps({ fetch }))).check(request);
}

const answer = (status: number, body: unknown) => async (): Promise<FetchResponse> => ({
  status,
  header: () => undefined,
  text: async () => (typeof body === 'string' ? body : JSON.stringify(body)),
});
const reports = (version: string) => answer(200, { versions: { [secretId]: version }, more: true });

describe('http-version', () => {
  it.each([
    ['the expected version', reports(NEW), 'verified', NEW],
    ['the old version', reports(OLD), 'rejected', `reports ${OLD}, expected ${NEW}`],
    ['something that is no version', reports(CANARY), 'rejected', 'no version id'],
    ['other secrets only', answer(200, { versions: { other: NEW } }), 'rejected', `no version of ${secretId}`],
    ['a name that every object has', answer(200, '{"versions":{"__proto__":"x"}}'), 'rejected', 'no version of'],
    ['no JSON', answer(200, `<html>${CANARY}`), 'inconclusive', 'something else'],
    ['another shape', answer(200, { versions: [NEW] }), 'inconclusive', 'something else'],
    ['an error of its own', answer(500, CANARY), 'inconclusive', 'answers 500'],
    ['that there is nothing', answer(404, CANARY), 'inconclusive', 'answers 404'],
  ])('takes a consumer that reports %s', async (_what, fetch, verdict, why) => {
    const seen = await check(fetch);
    expect(seen).toEqual({ verdict, why: expect.stringContaining(why) });
    expect(seen.why).not.toContain('token');
    assertNoLeak(seen.why, CANARY);
  });

  it('proves nothing with a consumer that cannot be reached', async () => {
    const seen = await check(async () => {
      throw new RotationError('Unavailable', { subject: 'orders.test:80', code: 'ECONNREFUSED' });
    });
    expect(seen).toEqual({ verdict: 'inconclusive', why: expect.stringContaining('ECONNREFUSED') });
  });
});
