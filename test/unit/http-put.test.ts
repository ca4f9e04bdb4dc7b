import { describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../lib/core/secret.ts';
import { httpPut } from '../../lib/plugins/propagators/http-put.ts';
import { guardedFetch } from '../../lib/runtime/guarded-fetch.ts';
import { startRecorder } from '../support/http-server.ts';
import { pluginDeps } from '../support/plugin-deps.ts';

const version = 'a'.repeat(32);
const request = { secretId: 'production/database/orders', version, values: Secret.of({ password: 'p"w' }) };

type Answers = Parameters<typeof startRecorder>;

async function receiver(...answers: Answers) {
  const server = await startRecorder(...answers);
  onTestFinished(server.close);
  const deps = {
    fetch: guardedFetch({ allow: [new URL(server.origin).host] }),
    credential: async () => Secret.of({ token: 'first\r\nX-Other: second' }),
  };
  const config = {
    use: 'http-put',
    url: `${server.origin}/put?key=k`,
    template: '{"p":"{password:json}","v":"{version}"}',
  };
  const open = (more: object = {}) => httpPut.create({ ...config, ...more }, pluginDeps(deps));
  return { server, open };
}

describe('http-put', () => {
  it('sends body, version and secret, each time where nothing can be read back', async () => {
    const { server, open } = await receiver({ status: 204 });
    const client = await open({ headers: { 'X-Team': 'orders' } });
    for (const _ of [1, 2]) expect(await client.put(request)).toBe('applied');
    expect(await client.current(request.secretId)).toBeUndefined();
    expect(server.requests).toHaveLength(2);
    expect(server.requests[0]).toMatchObject({
      method: 'PUT',
      url: '/put?key=k',
      body: `{"p":"p\\"w","v":"${version}"}`,
      headers: {
        'content-type': 'application/json',
        'keyturn-version': version,
        'keyturn-secret': request.secretId,
        'x-team': 'orders',
      },
    });
  });

  it.each([
    ['shows another version', { status: 200, body: `{"v":"${'b'.repeat(32)}"}` }],
    ['shows something else', { status: 200, body: '{"v":"p\\"w"}' }],
    ['shows no JSON', { status: 200, body: 'p"w' }],
  ])('does not believe a receiver that %s', async (_name, after) => {
    const { open } = await receiver({ status: 404 }, { status: 204 }, after);
    const failure: unknown = await (await open({ versionPointer: '/v' })).put(request).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'Unavailable', message: expect.not.stringContaining('p"w') });
  });

  it.each([
    [403, 'AccessDenied'],
    [429, 'Throttled'],
    [503, 'Unavailable'],
    [422, 'ConfigInvalid'],
  ])('tells %i as %s, without the query of its URL and without its words', async (status, name) => {
    const { server, open } = await receiver({ status, body: 'words of theirs' });
    const failure: unknown = await (await open()).put(request).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name, message: expect.stringContaining(`PUT ${server.origin}/put:`) });
    expect(failure).toMatchObject({ message: expect.not.stringMatching(/key=k|words/) });
  });

  it('sends no credential that would be two headers', async () => {
    const { server, open } = await receiver({ status: 204 });
    const secretHeaders = { Authorization: { value: 'Bearer {token}', from: { secret: 'production/api/receiver' } } };
    await expect((await open({ secretHeaders })).put(request)).rejects.toMatchObject({
      name: 'ConfigInvalid',
      message: expect.stringContaining('Authorization'),
    });
    expect(server.requests).toEqual([]);
  });
});
